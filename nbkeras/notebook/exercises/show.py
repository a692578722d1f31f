"""`nbkeras.exercise`: a task with its data, and the check of its answers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbkeras.analysis.exercises import submission_file
from nbkeras.analysis.exercises.catalogue import find
from nbkeras.analysis.exercises.exercise import Exercise
from nbkeras.analysis.exercises.judging import judge
from nbkeras.analysis.exercises.student import student_name
from nbkeras.core.annotations import PathLike
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
        self._answers: dict[str, Any] = {}

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
        self._refuse_unknown("check", answers)
        self._answers = answers
        self.attempts += 1
        report = judge(self.exercise, answers, self.student, self.attempts)
        self.solved = self.solved or report.passed
        return ReportView(report)

    def submit(
        self,
        path: PathLike | None = None,
        *,
        notebook: PathLike | None = None,
        recording: PathLike | None = None,
        **answers: Any,
    ) -> Path:
        """Write the file that a teacher grades with `nbkeras grade`.

        It holds the trained models and the other answers, so that nothing is trained
        again. Read back on another computer, it runs no code.

        Args:
            path: of the file; None for the exercise and the student, in this folder.
            notebook: file to enclose; None for the notebook of this kernel, if known.
            recording: file to enclose, of `fit(record="run.jsonl")`.
            **answers: by name, for example `model=model`; none for those that were
                last checked.

        Returns:
            The path of the file.

        Raises:
            ValueError: there is no answer, or one that another computer cannot load.
            TypeError: a name that the exercise does not ask for.
        """
        self._refuse_unknown("submit", answers)
        answers = answers or self._answers
        if all(value is None for value in answers.values()):
            raise ValueError(
                "There is no answer to hand in yet. Write "
                f"submit({self._asked()}), or check the answers first."
            )
        return submission_file.write(
            path if path is not None else self._file_name(),
            self.exercise,
            answers,
            self.student,
            notebook=notebook if notebook is not None else this_notebook(),
            recording=recording,
        )

    def _refuse_unknown(self, method, answers):
        names = list(self.exercise.answers)
        for name in answers:
            if name not in names:
                raise TypeError(
                    f"The exercise {self.exercise.name} does not ask for {name!r}."
                    f"{did_you_mean(name, names)} Write {method}({self._asked()})."
                )

    def _asked(self):
        return ", ".join(f"{name}=..." for name in self.exercise.answers)

    def _file_name(self):
        student = "".join(
            letter if letter.isalnum() or letter in "-_" else "_"
            for letter in self.student
        )
        return f"{self.exercise.name}-{student}.zip"

    def __repr__(self) -> str:
        return task_text(self.exercise, dict(self.data))

    def _repr_html_(self) -> str:
        return task_html(self.exercise, dict(self.data))


def this_notebook() -> Path | None:
    """The notebook file of this kernel, where Jupyter says which; else None."""
    path = Path(os.environ.get("JPY_SESSION_NAME", ""))
    return path if path.suffix == ".ipynb" and path.is_file() else None


def exercise(name: str, student: str | None = None) -> Task:
    """A task of the course, with data of your own.

    In a notebook, `%%exercise NAME` does the same for a cell: it gives the cell the
    data, runs it, and checks what it has set.

    Args:
        name: of the exercise; `%exercise` lists them.
        student: whose data; None for the environment variable NBKERAS_STUDENT, the
            user of JupyterHub, or the user of the computer.

    Returns:
        A task: `.data`, `.seed`, `.check(model=model)`, `.submit(model=model)`; `print`
        it in a script.

    Raises:
        ValueError: there is no such exercise.

    >>> task = exercise("fastest_rate", student="Ada")
    >>> sorted(task.data)
    ['x', 'y']
    >>> task.check(rate=lambda x, y: 1e-4).passed
    False
    """
    return Task(find(name), student_name(student))
