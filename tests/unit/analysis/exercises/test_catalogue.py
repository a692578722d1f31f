"""Exercises are found by name: those of the course, and those of other packages."""

import sys

import pytest

from nbkeras.analysis.exercises import catalogue, exercises, find, register
from nbkeras.analysis.exercises.course import EXERCISES

PACKAGE = """
from nbkeras.analysis.exercises import Data, Exercise, ModelAnswer, NumWeights, Text

TEXT = Text("Small", "小")


def data(rng, held_out_rng):
    return Data({}, {"x": held_out_rng.normal(size=(4, 2))})


EXERCISES = [
    Exercise(
        "of_another_package", TEXT, TEXT, data,
        {"model": ModelAnswer()}, (NumWeights(3),),
    )
]
NOT_ONE = ["text"]
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A function that installs a package with an entry point; afterwards it is gone."""
    monkeypatch.setattr(catalogue, "_registered", dict(catalogue._registered))
    monkeypatch.setattr(catalogue, "_loaded", set())
    monkeypatch.syspath_prepend(tmp_path)

    def install(value):
        (tmp_path / "second_course.py").write_text(PACKAGE, "utf-8")
        info = tmp_path / "second_course-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: second-course\n")
        lines = f"[nbkeras.exercises]\nsecond = second_course:{value}\n"
        (info / "entry_points.txt").write_text(lines)

    yield install
    sys.modules.pop("second_course", None)


def test_the_exercises_of_the_course_are_listed_first_and_each_name_once():
    names = [exercise.name for exercise in EXERCISES]
    assert list(exercises())[: len(names)] == names
    assert len(set(names)) == len(names) == 36


def test_every_exercise_has_three_hints_and_all_its_texts_in_both_languages():
    for exercise in EXERCISES:
        assert len(exercise.hints) == 3, exercise.name
        for text in (exercise.title, exercise.topic, exercise.task, *exercise.hints):
            assert text.en.isascii(), text
            assert any("\u4e00" <= letter <= "\u9fff" for letter in text.zh), text


def test_every_task_names_what_the_cell_gets_and_sets():
    for exercise in EXERCISES:
        for text in exercise.task:
            for name in (*exercise.data_of("ada").variables, *exercise.answers):
                assert name in text, (exercise.name, name)


def test_every_task_says_the_shapes_that_the_data_have():
    for exercise in EXERCISES:
        for name, value in exercise.data_of("bo").variables.items():
            shape = str(getattr(value, "shape", ""))
            if name in ("x", "y"):
                assert f"{shape}" in exercise.task.zh, (exercise.name, name)


def test_a_misspelt_name_gets_the_nearest():
    with pytest.raises(
        ValueError, match=r"Did you mean 'first_network'\? Write %exerc"
    ):
        find("first_netwrok")


def test_a_name_cannot_be_taken_twice(installed):
    import dataclasses

    twin = dataclasses.replace(EXERCISES[0], hints=())
    with pytest.raises(
        ValueError, match="an exercise of the name first_network already"
    ):
        register(twin)
    assert register(EXERCISES[0]) is EXERCISES[0]


def test_another_package_adds_exercises_by_an_entry_point(installed):
    installed("EXERCISES")
    assert "of_another_package" in exercises()
    assert find("of_another_package").title.zh == "小"


@pytest.mark.parametrize("value", ["NOT_ONE", "MISSING"])
def test_a_package_that_fails_is_left_out_with_a_warning(installed, value):
    installed(value)
    with pytest.warns(
        UserWarning, match="'second' of another package cannot be loaded"
    ):
        assert set(exercises()) == {exercise.name for exercise in EXERCISES}
    exercises()  # the warning is given once
