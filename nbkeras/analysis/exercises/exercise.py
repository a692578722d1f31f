"""Exercise: what is asked for, on which data, and what is checked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nbkeras.analysis.exercises.answers import Answer
from nbkeras.analysis.exercises.bilingual import Text
from nbkeras.analysis.exercises.outcome import Outcome
from nbkeras.analysis.exercises.submission import Data, Submission
from nbkeras.core.names.display_name import quoted

# A name is typed after %%exercise and is part of reports: letters, digits, underscores.
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
Check = Callable[[Submission], Outcome]


@dataclass(frozen=True)
class Exercise:
    """A task of the course, judged by what a trained model does.

    Args:
        name: as typed after `%%exercise`: lower-case letters, digits, underscores.
        title, task: what to do, in both languages. The task names the variables that
            the cell gets and those that it must set.
        data: function of two random generators that makes one student's data: what the
            student gets is drawn from the first, held-out samples from the second,
            which a teacher can make secret.
        answers: {variable that the cell must set: what it must be}.
        checks: functions of a `Submission`; each is one line of the report, called by
            the attribute `goal` of a check that raises.
        hints: one more is shown after each attempt. They lead on, without the answer.
        topic: what it is about, in both languages.

    Raises:
        ValueError: the name cannot be typed, or there is nothing to check.
    """

    name: str
    title: Text
    task: Text
    data: Callable[[np.random.Generator, np.random.Generator], Data]
    answers: Mapping[str, Answer]
    checks: tuple[Check, ...]
    hints: tuple[Text, ...] = field(default=())
    topic: Text = Text("", "")  # noqa: RUF009  a named tuple is immutable

    def __post_init__(self):
        if not isinstance(self.name, str) or not NAME.fullmatch(self.name):
            raise ValueError(
                f"Exercise(name={quoted(str(self.name))}): a name has up to 40 "
                "lower-case letters, digits and underscores, and begins with a letter. "
                'Write for example name="first_network".'
            )
        if not self.checks or not self.answers:
            raise ValueError(
                f"Exercise {self.name} has no answers or no checks. Write for example "
                'answers={"model": ModelAnswer()}, checks=(HeldOutAccuracy(0.9),).'
            )

    def seed(self, student: str) -> int:
        """The seed of a student: the same each time, another for each student."""
        return int.from_bytes(self._digest(student)[:4], "big")

    def data_of(self, student: str, secret: str = "") -> Data:
        """A student's own data; newly made, so that nobody changes that of a check.

        Args:
            student: name of the student.
            secret: of the teacher: other held-out samples of the same task, which
                cannot be computed without it. What the student gets stays the same.
        """
        held_out_seed = int.from_bytes(self._digest(student, "held out", secret), "big")
        return self.data(
            np.random.default_rng(self.seed(student)),
            np.random.default_rng(held_out_seed),
        )

    def submission(
        self, variables: Mapping[str, Any], student: str, secret: str = ""
    ) -> Submission:
        """The answers among `variables`, with the student's data."""
        answers = {name: variables.get(name) for name in self.answers}
        return Submission(answers, self.data_of(student, secret))

    def _digest(self, *words):
        return hashlib.sha256("\n".join((self.name, *words)).encode()).digest()
