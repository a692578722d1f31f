"""Every exercise of the course: a right, a wrong and a lazy solution are told apart."""

import warnings

import pytest
from exercise_solutions import SETUP, SOLUTIONS

from nbkeras.analysis.exercises import exercises, judge
from nbkeras.analysis.exercises.course import EXERCISES
from nbkeras.utils import set_random_seed

STUDENT = "ada"


def report(name, kind):
    """The report on a solution, run as a cell of the student would be."""
    exercise = exercises()[name]
    variables = dict(exercise.data_of(STUDENT).variables)
    set_random_seed(exercise.seed(STUDENT))
    exec(SETUP, variables)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a wrong solution gets advice
        exec(SOLUTIONS[name][kind], variables)
    return judge(exercise, variables, STUDENT)


def test_every_exercise_has_solutions():
    assert set(SOLUTIONS) == {exercise.name for exercise in EXERCISES}
    assert all(set(kinds) == {"right", "wrong", "lazy"} for kinds in SOLUTIONS.values())


@pytest.mark.parametrize("name", SOLUTIONS)
def test_a_right_solution_passes(name):
    judged = report(name, "right")
    assert judged.passed, judged.rows
    goals = [check.goal for check in judged.exercise.checks]
    assert [row.goal for row in judged.rows] == goals


@pytest.mark.parametrize("name", SOLUTIONS)
@pytest.mark.parametrize("kind", ["wrong", "lazy"])
def test_a_wrong_and_a_lazy_solution_fail_on_a_goal(name, kind):
    judged = report(name, kind)
    assert not judged.passed
    assert [row.error for row in judged.rows] == [""] * len(judged.rows)
    assert len(judged.rows) == len(judged.exercise.checks)
    assert len(judged.hints) == 1
