"""`nbkeras.exercise`: a task with its data, and the check of its answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbkeras.analysis.exercises.catalogue import find
from nbkeras.analysis.exercises.exercise import Exercise
from nbkeras.analysis.exercises.judging import judge
from nbkeras.analysis.exercises.student import student_name
from nbkeras.core.check import did_you_mean
from nbkeras.notebook.exercises.views import ReportView, task_html, task_text


class Task:
    """An exercise with the data of one student, and the attempts so far.

    Args:
        exercise: which one.
        student: whose data.

    Attributes:
        attempts: number of checks so far.
        solved: whether one of them has passed.
    """

    def __init__(self, exercise: Exercise, student: str):
        self.exercise, self.student = exercise, student
        self.attempts, self.solved = 0, False

    @property
    def data(self) -> Mapping[str, Any]:
        """{name: value} that the exercise gives to the student; new ones each time."""
        return self.exercise.data_of(self.student).variables

    @property
    def seed(self) -> int:
        """The student's seed, with which the cell begins."""
        return self.exercise.seed(self.student)

    def check(self, **answers: Any) -> ReportView:
        """Judge answers, by what they do on data that the student does not have.

        Args:
            **answers: by name, for example `model=model`. One that is left out is
                reported as missing.

        Raises:
            TypeError: a name that the exercise does not ask for.
        """
        names = list(self.exercise.answers)
        for name in answers:
            if name not in names:
                asked = ", ".join(f"{each}=..." for each in names)
                raise TypeError(
                    f"The exercise {self.exercise.name} does not ask for {name!r}."
                    f"{did_you_mean(name, names)} Write check({asked})."
                )
        self.attempts += 1
        report = judge(self.exercise, answers, self.student, self.attempts)
        self.solved = self.solved or report.passed
        return ReportView(report)

    def __repr__(self) -> str:
        return task_text(self.exercise, dict(self.data))

    def _repr_html_(self) -> str:
        return task_html(self.exercise, dict(self.data))


def exercise(name: str, student: str | None = None) -> Task:
    """A task of the course, with data of your own.

    In a notebook, `%%exercise NAME` does the same for a cell: it gives the cell the
    data, runs it, and checks what it has set.

    Args:
        name: of the exercise; `%exercise` lists them.
        student: whose data; None for the environment variable NBKERAS_STUDENT, the
            user of JupyterHub, or the user of the computer.

    Returns:
        A task: `.data`, `.seed`, `.check(model=model)`; `print` it in a script.

    Raises:
        ValueError: there is no such exercise.

    >>> task = exercise("fastest_rate", student="Ada")
    >>> sorted(task.data)
    ['x', 'y']
    >>> task.check(rate=1e-4).passed
    False
    """
    return Task(find(name), student_name(student))
