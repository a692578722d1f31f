"""Guess: what a learner expects; Comparison: how far it is from what happened."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from nbkeras.core import check
from nbkeras.core.names.display_name import display_names

# Fractions of the scale within which a number is close, and roughly right.
CLOSE, ROUGH = 0.05, 0.2


class Closeness(StrEnum):
    """How a guess stands to the result."""

    OPEN = "open"
    RIGHT = "right"
    CLOSE = "close"
    ROUGH = "rough"
    FAR = "far"


@dataclass(frozen=True)
class Guess:
    """What a learner expects, before looking.

    Args:
        question: what is asked.
        value: a number from `low` to `high`, one of `options`, or None for no guess.
            An option that is a number, such as "8", may be written as one: 8.
        low, high: the ends of the scale, for numbers.
        log: whether the scale is logarithmic: distances are then ratios.
        options: the possible answers, for a choice.

    Raises:
        ValueError: the value is not on the scale, or the scale is not one.
    """

    question: str
    value: float | str | None = None
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    options: tuple[str, ...] = ()

    def __post_init__(self):
        if self.options:
            self._check_choice()
        else:
            self._check_number()

    def compared(self, result: float | str) -> Comparison:
        """The guess next to what happened.

        >>> Guess("How many?", 12, low=0, high=16).compared(9).closeness.value
        'rough'
        """
        if self.options:
            result = as_text(result, self.options)
            result = str(check.choice("compare", "result", result, self.options))
        else:
            result = float(np.asarray(result))
        return Comparison(self, result)

    def place(self, value: float) -> float:
        """The place of a number on the scale, 0 to 1."""
        low, high = self.low, self.high
        if self.log:
            low, high = math.log(low), math.log(high)
            value = math.log(max(value, 1e-300))
        share = (value - low) / (high - low)
        return min(max(share, 0.0), 1.0) if math.isfinite(share) else 1.0

    def _check_choice(self):
        object.__setattr__(self, "value", as_text(self.value, self.options))
        if self.value is not None and self.value not in self.options:
            near = check.did_you_mean(self.value, self.options)
            raise ValueError(
                f"guess: {self.value!r} is not one of {display_names(self.options)}."
                f"{near} Write for example {self.options[0]!r}."
            )

    def _check_number(self):
        low, high = self.low, self.high
        if not low < high or (self.log and low <= 0):
            raise ValueError(
                f"guess(low={low}, high={high}, log={self.log}): a scale has low below "
                "high, and low above 0 where log=True. Write for example low=1, "
                "high=1000, log=True."
            )
        if self.value is not None:
            check.number("guess", "value", self.value, low, high, example=high / 2)


@dataclass(frozen=True)
class Comparison:
    """A guess next to what happened.

    Args:
        guess: what was expected.
        result: what happened, on the same scale.
    """

    guess: Guess
    result: float | str

    @property
    def closeness(self) -> Closeness:
        """Whether the guess is right, close, roughly right or far, or still open."""
        value = self.guess.value
        if value is None:
            return Closeness.OPEN
        if value == self.result:
            return Closeness.RIGHT
        if isinstance(value, str) or isinstance(self.result, str):
            return Closeness.FAR
        distance = abs(self.guess.place(value) - self.guess.place(self.result))
        if distance <= CLOSE:
            return Closeness.CLOSE
        return Closeness.ROUGH if distance <= ROUGH else Closeness.FAR


def as_text(value: Any, options: Sequence[str]) -> Any:
    """The option that is equal to a number; anything else as it is.

    >>> as_text(8, ("7", "8")), as_text(0.0003, ("0.05", "0.0003")), as_text("8", "789")
    ('8', '0.0003', '8')
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        return value
    for option in options:
        try:
            if float(option) == float(value):
                return option
        except ValueError:  # a word
            continue
    return value


def as_options(options: Sequence[str] | None) -> tuple[str, ...]:
    """The options of a choice as a tuple of texts; () for a number.

    Raises:
        ValueError: there are fewer than two.
    """
    if options is None:
        return ()
    texts = (options,) if isinstance(options, str) else tuple(map(str, options))
    if len(texts) < 2:
        raise ValueError(
            "guess(options=...) needs two answers to choose from, or more. Write for "
            'example options=["rises", "falls"].'
        )
    return texts
