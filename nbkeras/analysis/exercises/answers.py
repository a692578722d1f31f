"""What a cell must set, and what is wrong with a value that is something else."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from nbkeras.analysis.exercises.bilingual import Text
from nbkeras.analysis.exercises.submission import Submission
from nbkeras.models import Model
from nbkeras.train.history import History

MISSING = Text(
    "{name} is not set. Set it in the cell: {example}",
    "还没有 {name}。请在单元里写：{example}",
)
WRONG_TYPE = Text(
    "{name} is of the type {kind}. Write for example: {example}",
    "{name} 的类型是 {kind}。可以写成：{example}",
)
NOT_FINITE = Text(
    "{name} predicts NaN or infinite values: its training has diverged.",
    "{name} 的预测里有 NaN 或无穷：训练发散了。",
)


class Answer(Protocol):
    """A kind of answer."""

    @property
    def example(self) -> str:
        """A line of code that sets such an answer; {name} is its name."""
        ...

    def accepts(self, value: Any) -> bool:
        """Whether a value is of this kind."""
        ...

    def problem(self, name: str, submission: Submission) -> Text | None:
        """What is wrong with an answer of this kind, None if it can be judged."""
        ...


def problem(name: str, answer: Answer, submission: Submission) -> Text | None:
    """What is wrong with an answer, None if it can be judged.

    Raises:
        Exception: whatever a model raises on data that does not fit it.
    """
    value = submission.answers[name]
    example = answer.example.format(name=name)
    if value is None:
        return MISSING.filled(name=name, example=example)
    if not answer.accepts(value):
        kind = type(value).__name__
        return WRONG_TYPE.filled(name=name, kind=kind, example=example)
    return answer.problem(name, submission)


@dataclass(frozen=True)
class ModelAnswer:
    """A model that predicts something finite for the held-out x."""

    example: str = "{name} = nbkeras.Sequential([...])"

    def accepts(self, value: Any) -> bool:
        """Whether a value is a model."""
        return isinstance(value, Model)

    def problem(self, name: str, submission: Submission) -> Text | None:
        """Whether the predictions are numbers."""
        if np.isfinite(submission.predictions(name)).all():
            return None
        return NOT_FINITE.filled(name=name)


@dataclass(frozen=True)
class NumberAnswer:
    """A finite number."""

    example: str = "{name} = 0.1"

    def accepts(self, value: Any) -> bool:
        """Whether a value is a finite number, of Python, NumPy or JAX."""
        if isinstance(value, bool | str):
            return False
        try:
            return np.ndim(value) == 0 and math.isfinite(float(value))
        except (TypeError, ValueError):
            return False

    def problem(self, name: str, submission: Submission) -> Text | None:
        """Nothing else can be wrong with a number."""
        return None


@dataclass(frozen=True)
class FunctionAnswer:
    """A function."""

    example: str = "def {name}(...): ..."

    def accepts(self, value: Any) -> bool:
        """Whether a value can be called."""
        return callable(value)

    def problem(self, name: str, submission: Submission) -> Text | None:
        """What a function does is for the checks."""
        return None


@dataclass(frozen=True)
class RowsAnswer:
    """Row numbers: whole numbers in a list or an array."""

    example: str = "{name} = [3, 14, 15]"

    def accepts(self, value: Any) -> bool:
        """Whether a value is a flat list of whole numbers."""
        if not isinstance(value, list | tuple | set | np.ndarray):
            return False
        return np.ndim(list(value)) == 1 and all(
            isinstance(row, numbers.Integral) and not isinstance(row, bool)
            for row in value
        )

    def problem(self, name: str, submission: Submission) -> Text | None:
        """Which rows are right is for the checks."""
        return None


@dataclass(frozen=True)
class HistoryAnswer:
    """What `fit` returned."""

    example: str = "{name} = model.fit(..., validation_data=(x_val, y_val))"

    def accepts(self, value: Any) -> bool:
        """Whether a value is the History of a fit."""
        return isinstance(value, History)

    def problem(self, name: str, submission: Submission) -> Text | None:
        """What the curves show is for the checks."""
        return None
