"""The tutorial in the terminal, with pictures of 20 x 20 and two steps."""

import re

import numpy as np
import pytest

from nbkeras import cli
from nbkeras.course import tutorial


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("tutorial") / "data"


@pytest.fixture
def small(monkeypatch):
    for name, value in dict(SIZE=(20, 20), SHORT=(1, 2), FULL=(2, 2)).items():
        monkeypatch.setattr(tutorial, name, value)


def test_the_tutorial_goes_from_pictures_to_held_out_accuracy(small, data, capsys):
    assert cli.main(["tutorial", "--data", str(data)]) == 0
    page = capsys.readouterr().out
    assert f"Writing 5000 images to {data}/ ..." in page
    assert "One batch: pictures (32, 20, 20, 3), labels (32, 10)." in page
    assert page.count("2/2 ━") == 1
    assert re.search(r"^test accuracy: 0\.\d{4}  \(1000 pictures\)$", page, re.M)
    # Every held-out picture is in one cell of the table.
    table = page.split("true \\ predicted")[1].split("test accuracy")[0]
    rows = [line.replace("·", "0").split() for line in table.strip().splitlines()[1:]]
    assert [sum(map(int, row[1:])) for row in rows] == [100] * 10
    assert max(map(len, page.splitlines())) <= 120


def test_pictures_that_are_there_are_used_and_full_takes_all_epochs(
    small, data, capsys, monkeypatch
):
    monkeypatch.setattr(tutorial, "PROMISED_ACCURACY", 0.0)
    tutorial.pictures(data)
    capsys.readouterr()
    assert cli.main(["tutorial", "--full", "--data", str(data)]) == 0
    page = capsys.readouterr().out
    assert "Writing" not in page
    assert "Epoch 2/2" in page


@pytest.mark.parametrize(("promised", "epochs"), [(0.0, 1), (1.0, 3)])
def test_training_ends_after_the_first_epoch_that_reaches_what_is_promised(
    small, data, capsys, monkeypatch, promised, epochs
):
    monkeypatch.setattr(tutorial, "SHORT", (3, 2))
    monkeypatch.setattr(tutorial, "PROMISED_ACCURACY", promised)
    assert cli.main(["tutorial", "--data", str(data)]) == 0
    page = capsys.readouterr().out
    assert page.count("2/2 ━") == epochs
    assert page.count("is reached: training ends.") == (promised == 0.0)


@pytest.mark.parametrize("name", ["train", "test"])
def test_a_folder_of_other_pictures_is_left_alone(tmp_path, capsys, name):
    (tmp_path / name / "cats").mkdir(parents=True)
    assert cli.main(["tutorial", "--data", str(tmp_path)]) == 1
    assert "contains other images (cats)" in (said := capsys.readouterr().err)
    assert said.endswith("Write for example: nbkeras tutorial --data digits\n")
    assert {p.name for p in tmp_path.rglob("*")} == {name, "cats"}


def test_a_file_in_place_of_the_folder_is_named(tmp_path, capsys):
    (tmp_path / "data").write_text("not a folder")
    assert cli.main(["tutorial", "--data", str(tmp_path / "data")]) == 1
    said = capsys.readouterr().err
    assert f"cannot write the images to {tmp_path / 'data'} (" in said
    assert "Write for example: nbkeras tutorial --data digits" in said


def test_the_confusion_table_counts_by_hand():
    table = tutorial.confusion(
        np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), {"ant": 0, "bee": 1}
    )
    assert [line.split() for line in table.splitlines()] == [
        ["true", "\\", "predicted", "ant", "bee"],
        ["ant", "1", "1"],
        ["bee", "·", "2"],
    ]


def test_mirror_images_belong_to_the_full_recipe_only(small, data):
    folders = tutorial.pictures(data)
    assert not tutorial.flows(*folders, mirror=False)[
        0
    ].image_data_generator.horizontal_flip
    assert tutorial.flows(*folders, mirror=True)[0].image_data_generator.horizontal_flip
