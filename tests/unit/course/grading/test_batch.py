"""A class is graded: every file gets one row, whatever it does."""

import multiprocessing
import os
import signal
import sys
import time

import pytest
from made_up_submissions import (
    EXIT,
    HOG,
    LOOP,
    PATCH,
    RIGHT_FUNCTION,
    made_up,
    with_function,
    with_rate,
)

from nbkeras.analysis.exercises import State
from nbkeras.course.grading import batch, command
from nbkeras.course.grading.batch import FolderError, grade_folder
from nbkeras.course.grading.grade import Grade, Status
from nbkeras.course.grading.limits import Limits

STUDENTS = ("ada", "bo", "zoe")


@pytest.fixture(scope="module")
def grades(tmp_path_factory):
    """{name: grade} of twelve files and of a student who handed in nothing."""
    folder = tmp_path_factory.mktemp("class")
    with_rate(folder / "ada" / "right.zip", "ada")
    with_rate(folder / "bo" / "again.zip", "bo", share=0.5)
    with_rate(folder / "bo" / "other_name.zip", "ada", share=0.96)
    with_function(folder / "function.zip", "cy", RIGHT_FUNCTION)
    with_function(folder / "copy.zip", "di", RIGHT_FUNCTION)
    with_function(folder / "broken.zip", "ed", "1 / 0")
    with_function(folder / "hog.zip", "flo", HOG)
    with_function(folder / "exit.zip", "gus", EXIT)
    with_function(folder / "patch.zip", "hal", PATCH)
    made_up(folder / "unknown.zip", "ida", "no_such_exercise")
    made_up(
        folder / "forged.zip",
        "<b>jo</b>",
        "stop_in_time",
        extra={"report.json": '{"passed": true, "score": 100}'},
        history={"history": {"val_loss": [9.0, 0.01, 9.0], "val_accuracy": [1.0] * 3}},
        model={"model": "../../model.keras"},
    )
    (folder / "torn.zip").write_bytes(b"PK torn")
    (folder / "notes.txt").write_text("not a submission")
    limits = Limits(seconds=300, call_seconds=60)  # nothing here takes long
    graded = grade_folder(folder, secret="a word", limits=limits, students=STUDENTS)
    return {g.path.stem if g.path else g.student: g for g in graded}


def problems(grade):
    """What went wrong, in English."""
    return {row.error for row in grade.rows}


def test_every_file_has_one_row_and_so_has_an_absent_student(grades):
    assert len(grades) == 13
    assert grades["zoe"].status is Status.ABSENT
    assert grades["zoe"].student == "zoe"


def test_an_honest_answer_gets_its_points(grades):
    assert [(grades[n].score, grades[n].max_score) for n in ("right", "again")] == [
        (2, 2),
        (1, 2),
    ]
    assert grades["function"].passed
    assert grades["function"].score == 4


def test_functions_are_judged_on_secret_numbers(grades):
    assert grades["function"].is_secret
    assert grades["right"].is_secret


def test_a_loop_is_ended_and_says_after_how_long(tmp_path):
    with_function(tmp_path / "loop.zip", "ed", LOOP)
    (grade,) = grade_folder(tmp_path, limits=Limits(seconds=300, call_seconds=0.2))
    assert (grade.status, grade.score, grade.max_score) == (Status.JUDGED, 0, 4)
    assert problems(grade) == {"StudentFunctionError: it took longer than 0.2 s"}


def test_a_judgement_that_takes_too_long_is_ended_as_a_whole(tmp_path):
    with_function(tmp_path / "ed.zip", "ed", LOOP)
    (grade,) = grade_folder(tmp_path, limits=Limits(seconds=0.01))
    assert grade.status is Status.TOO_LONG
    assert grade.problem.en == "it took longer than 0.01 s and was ended"
    assert grade.student == "ed"


def test_ctrl_c_ends_what_is_still_judged_and_writes_nothing(
    tmp_path, monkeypatch, capsys
):
    with_function(tmp_path / "a_loop.zip", "ed", LOOP)
    (tmp_path / "b_torn.zip").write_bytes(b"PK torn")

    def interrupted(folder, **options):
        show = options.pop("on_grade")

        def on_grade(grade):
            show(grade)
            os.kill(os.getpid(), signal.SIGINT)

        return grade_folder(folder, on_grade=on_grade, **options)

    monkeypatch.setattr(command, "grade_folder", interrupted)
    begun = time.monotonic()
    code = command.run(
        tmp_path,
        output=tmp_path / "results",
        secret="a word",
        limits=Limits(seconds=1000, call_seconds=1000),
        num_jobs=2,
        students=None,
    )
    assert time.monotonic() - begun < 300
    assert code == 130
    shown = capsys.readouterr()
    assert "interrupted, 1 judged; nothing was written" in shown.err
    assert "a_loop" not in shown.out
    assert not (tmp_path / "results").exists()
    assert multiprocessing.active_children() == []


def test_a_function_that_cannot_be_defined_says_why(grades):
    assert problems(grades["broken"]) == {
        "StudentFunctionError: ZeroDivisionError: division by zero"
    }


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory need Linux")
def test_a_function_that_fills_memory_gets_no_points(grades):
    (problem,) = problems(grades["hog"])
    assert problem.startswith("StudentFunctionError: MemoryError: Unable to allocate")


def test_an_exit_ends_only_the_function(grades):
    assert problems(grades["exit"]) == {"StudentFunctionError: it ended its process"}


def test_a_function_cannot_reach_the_checks(grades):
    assert grades["patch"].score == 0
    assert grades["patch"].status is Status.JUDGED


def test_a_forged_history_and_report_give_no_points(grades):
    assert grades["forged"].score == 0
    assert grades["forged"].student == "<b>jo</b>"
    assert all(row.state is State.FAILED for row in grades["forged"].rows)


def test_a_torn_file_and_an_unknown_exercise_say_what_is_wrong(grades):
    assert grades["torn"].status is grades["unknown"].status is Status.UNREADABLE
    assert "torn.zip is no submission" in grades["torn"].problem.en
    assert "There is no exercise 'no_such_exercise'" in grades["unknown"].problem.en


def test_the_same_function_in_two_files_is_noted_in_both(grades):
    assert [note.en for note in grades["function"].notes][1:] == [
        "the same model or function as in copy.zip"
    ]
    assert "function.zip" in grades["copy"].notes[-1].en


def test_another_name_and_a_second_file_of_a_student_are_noted(grades):
    notes = [note.en for note in grades["other_name"].notes]
    assert notes == [
        "the file says that it is of ada; it is judged on the data of that name",
        "bo has handed in bo/again.zip too",
    ]
    assert [note.en for note in grades["torn"].notes] == [
        "torn is not on the list of students"
    ]


def test_a_folder_without_submissions_is_refused_with_advice(tmp_path):
    with pytest.raises(FolderError, match=r"\.submit\(model=model\)"):
        grade_folder(tmp_path)
    with pytest.raises(FolderError, match="nbkeras grade submitted/"):
        grade_folder(tmp_path / "absent")


def test_a_link_to_another_folder_is_left_aside(tmp_path):
    target = tmp_path / "elsewhere.zip"
    target.write_bytes(b"")
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "a.zip").write_bytes(b"")
    (folder / "b.zip").symlink_to(target)
    assert [path.name for path in batch.submissions_in(folder)] == ["a.zip"]


def test_answers_that_do_not_depend_on_the_student_are_not_compared():
    grades = [Grade(None, name, exercise="fastest_rate") for name in ("ada", "bo")]
    assert [grade.notes for grade in batch.with_notes(grades)] == [(), ()]


@pytest.mark.parametrize("name", ["seconds", "memory_mb", "call_seconds"])
def test_a_limit_of_nothing_is_refused(name):
    with pytest.raises(ValueError, match=f"Write for example {name}="):
        Limits(**{name: 0})
