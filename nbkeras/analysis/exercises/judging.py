"""Judge a student's answers: one row for each check, and the hints so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from nbkeras.analysis.exercises import answers
from nbkeras.analysis.exercises.bilingual import Text
from nbkeras.analysis.exercises.exercise import Check, Exercise
from nbkeras.analysis.exercises.outcome import Outcome

NO_FIT = Text(
    "{name} cannot be used with the data of this exercise",
    "{name} 不能用于这道练习的数据",
)
BROKEN_CHECK = Text("one of the goals", "其中一个目标")
RAISED = Text("it could not be checked", "无法检查")


class State(StrEnum):
    """How a row of a report stands."""

    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True)
class Row:
    """One line of a report.

    Args:
        state: passed or failed.
        goal: what was asked for; empty for an answer that cannot be judged.
        measured: what was measured.
        error: message of the exception behind it, "" for none.
        self_reported: whether it rests on what the student says, such as a history,
            and not on what the answers do. It gets no points when a class is graded.
    """

    state: State
    goal: Text
    measured: Text
    error: str = ""
    self_reported: bool = False


@dataclass(frozen=True)
class Report:
    """How a student's answers stand.

    Args:
        exercise: what was judged.
        student: whose data was used.
        rows: one for each check, or for each answer that cannot be judged.
        attempt: number of this attempt, from 1.
    """

    exercise: Exercise
    student: str
    rows: tuple[Row, ...]
    attempt: int = 1

    @property
    def passed(self) -> bool:
        """Whether all goals are reached."""
        return all(row.state is State.PASSED for row in self.rows)

    @property
    def hints(self) -> tuple[Text, ...]:
        """The hints that this attempt reveals: none once everything has passed."""
        return () if self.passed else self.exercise.hints[: self.attempt]


def judge(
    exercise: Exercise,
    variables: Mapping[str, Any],
    student: str,
    attempt: int = 1,
    *,
    secret: str = "",
) -> Report:
    """Judge the answers among `variables`; whatever they do, there is a report.

    Args:
        exercise: which one.
        variables: {name: value}, for example of a notebook; others are ignored.
        student: whose data is used.
        attempt: number of this attempt; each reveals one more hint.
        secret: of the teacher, for held-out samples that nobody else can compute.
    """
    submission = exercise.submission(variables, student, secret)
    rows = _unusable(exercise, submission)
    if not rows:
        rows = [_row(check, _outcome(check, submission)) for check in exercise.checks]
    return Report(exercise, student, tuple(rows), attempt)


def _unusable(exercise, submission):
    """A row for each answer that no check can use."""
    rows = []
    for name, answer in exercise.answers.items():
        error = ""
        try:
            problem = answers.problem(name, answer, submission)
        except Exception as raised:  # by the student's own layers, for example
            problem, error = NO_FIT.filled(name=name), _message(raised)
        if problem is not None:
            rows.append(Row(State.FAILED, Text(name, name), problem, error))
    return rows


def _outcome(check, submission):
    try:
        return check(submission)
    except Exception as raised:  # by a function of the student
        goal = getattr(check, "goal", BROKEN_CHECK)
        return Outcome(False, goal, RAISED, _message(raised))


def _row(check, outcome):
    state = State.PASSED if outcome.passed else State.FAILED
    return Row(
        state,
        outcome.goal,
        outcome.measured,
        outcome.error,
        is_self_reported(check),
    )


def is_self_reported(check: Check) -> bool:
    """Whether a check believes what the student says; the checks say so themselves."""
    return bool(getattr(check, "self_reported", False))


def _message(error):
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
