"""The file that is handed in comes back as it was, and a hostile one runs nothing."""

import json
import zipfile

import numpy as np
import pytest

from nbkeras import Input, Sequential, layers
from nbkeras.analysis.exercises import find, submission_file
from nbkeras.analysis.exercises.submission_file import SubmissionError, read, write
from nbkeras.train.history import History


def model():
    """A model of one layer for `first_network`."""
    return Sequential([Input((2,)), layers.Dense(1, "sigmoid")])


def header(tmp_path, **changes):
    """A file with only a header, of which some fields are changed."""
    fields = {
        "nbkeras_submission": 1,
        "exercise": "fastest_rate",
        "student": "ada",
        "answers": {},
        **changes,
    }
    path = tmp_path / "made_up.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("submission.json", json.dumps(fields))
    return path


def loaded(path):
    """The answers of a file; a function stays text."""
    return read(path).load(lambda name, source: source)


def test_a_model_comes_back_with_its_weights(tmp_path):
    answer = model()
    path = write(tmp_path / "a.zip", find("first_network"), {"model": answer}, "ada")
    file = read(path)
    assert (file.exercise, file.student) == ("first_network", "ada")
    back = loaded(path)["model"]
    for weight, expected in zip(back.get_weights(), answer.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)


def test_a_number_rows_and_a_history_come_back(tmp_path):
    task = find("rare_class")
    number = write(tmp_path / "a.zip", task, {"threshold": np.float32(0.5)}, "a")
    assert loaded(number) == {"threshold": 0.5}
    rows = write(tmp_path / "b.zip", task, {"threshold": np.array([3, 1])}, "a")
    assert loaded(rows) == {"threshold": [3, 1]}
    history = History()
    history.history["val_loss"] = [2.0, float("nan"), 1.0]
    path = write(tmp_path / "c.zip", find("stop_in_time"), {"history": history}, "a")
    back = loaded(path)["history"].history["val_loss"]
    np.testing.assert_array_equal(back, [2.0, np.nan, 1.0])


def gradients(x, y, w1, b1, w2, b2):
    return None


def test_a_function_comes_back_as_its_source(tmp_path):
    task = find("backprop_by_hand")
    path = write(tmp_path / "a.zip", task, {"gradients": gradients}, "a")
    assert loaded(path)["gradients"].startswith("def gradients(x, y, w1, b1, w2, b2):")


def test_a_function_without_source_is_refused_with_advice(tmp_path):
    names = {}
    exec("def gradients(**values): return None", names)
    task = find("backprop_by_hand")
    with pytest.raises(
        SubmissionError, match=r"Define it with def gradients\(\.\.\.\)"
    ):
        write(tmp_path / "a.zip", task, {"gradients": names["gradients"]}, "a")


class OfTheStudent(layers.Layer):
    """A layer that the teacher's computer does not have."""

    def call(self, x):
        return x


def test_a_model_that_another_computer_cannot_load_is_refused(tmp_path):
    answer = Sequential([Input((2,)), OfTheStudent(), layers.Dense(1)])
    path = tmp_path / "a.zip"
    with pytest.raises(SubmissionError, match=r"Use layers of\s+nbkeras only"):
        write(path, find("first_network"), {"model": answer}, "ada")
    assert not path.exists()


def test_a_text_is_no_answer(tmp_path):
    with pytest.raises(SubmissionError, match="rate is of the type str"):
        write(tmp_path / "a.zip", find("fastest_rate"), {"rate": "0.1"}, "ada")


def test_notebook_and_recording_are_enclosed(tmp_path):
    notebook = tmp_path / "lesson.ipynb"
    notebook.write_text("{}")
    task = find("fastest_rate")
    path = write(tmp_path / "a.zip", task, {"rate": 1.0}, "ada", notebook=notebook)
    file = read(path)
    assert file.attachment(submission_file.NOTEBOOK) == b"{}"
    assert file.attachment(submission_file.RECORDING) is None


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"nbkeras_submission": 2}, "is not of version 1"),
        ({"exercise": "../../etc"}, "names no exercise"),
        ({"exercise": 3}, "names no exercise"),
        ({"student": ""}, "names no student"),
        ({"student": "x" * 61}, "names no student"),
        ({"answers": [1]}, "is not of version 1"),
    ],
)
def test_a_header_that_is_something_else_is_refused(tmp_path, changes, says):
    with pytest.raises(SubmissionError, match=says):
        read(header(tmp_path, **changes))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", b"<html></html>"])
def test_a_file_that_is_no_archive_is_refused_with_advice(tmp_path, content):
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    with pytest.raises(SubmissionError, match=r"exercise\(\.\.\.\)\.submit\(\.\.\.\)"):
        read(path)


def test_an_answer_that_cannot_be_loaded_is_an_exception_in_its_place(tmp_path):
    stored = {
        "absent": {"model": "answers/absent.keras"},
        "pickle": {"pickle": "gASV"},
        "two": {"number": 1, "rows": []},
        "huge": {"number": "1" * 5000 + "e"},
        "fine": {"number": "nan"},
    }
    answers = loaded(header(tmp_path, answers=stored))
    assert [
        name for name, value in answers.items() if isinstance(value, Exception)
    ] == [
        "absent",
        "pickle",
        "two",
        "huge",
    ]
    assert np.isnan(answers["fine"])


def test_a_member_that_unpacks_to_more_than_it_may_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(submission_file, "MOST_MODEL", 1000)
    path = tmp_path / "bomb.zip"
    stored = {"model": {"model": "answers/model.keras"}}
    with zipfile.ZipFile(header(tmp_path, answers=stored)) as archive:
        text = archive.read("submission.json")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("submission.json", text)
        archive.writestr("answers/model.keras", bytes(10_000))
    assert "more than 0 MB unpacked" in str(loaded(path)["model"])


def test_a_name_that_is_in_the_archive_twice_is_refused(tmp_path):
    path = header(tmp_path)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Dupl"):
        archive.writestr("submission.json", "{}")
    with pytest.raises(SubmissionError, match="in the archive 2 times"):
        read(path)
