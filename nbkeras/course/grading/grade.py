"""Grade: how one submission stands, whatever it did."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from nbkeras.analysis.exercises import Row, State, Text


class Status(StrEnum):
    """How the judgement of a file ended."""

    JUDGED = "judged"
    UNREADABLE = "unreadable"
    TOO_LONG = "too long"
    ENDED = "ended"
    ABSENT = "absent"


@dataclass(frozen=True)
class Grade:
    """One row of a class's results.

    Args:
        path: the file, relative to the folder; None if nothing was handed in.
        student: name of the subfolder, or else as the file says.
        exercise: as the file says, "" if it cannot be read.
        status: how the judgement ended.
        rows: one for each goal.
        max_score: number of goals that give a point.
        problem: why there are no rows.
        notes: what a teacher should look at; none of them changes the score.
        enclosed: what the enclosed notebook and recording are, as the student made
            them.
        fingerprint: hash of the models and functions.
        is_secret: whether it was judged on data that nobody else can compute.
        named: the student as the file says.
        seconds: duration of the judgement.
    """

    path: Path | None
    student: str
    exercise: str = ""
    status: Status = Status.JUDGED
    rows: tuple[Row, ...] = ()
    max_score: int = 0
    problem: Text = Text("", "")  # noqa: RUF009  a named tuple is immutable
    notes: tuple[Text, ...] = ()
    enclosed: tuple[Text, ...] = ()
    fingerprint: str = ""
    is_secret: bool = False
    named: str = ""
    seconds: float = 0.0

    @property
    def score(self) -> int:
        """Number of goals reached, without those that rest on the student's word."""
        return sum(
            row.state is State.PASSED and not row.self_reported for row in self.rows
        )

    @property
    def passed(self) -> bool:
        """Whether every goal that gives a point is reached."""
        return self.status is Status.JUDGED and 0 < self.max_score == self.score
