"""`nbkeras.guess`: a guess that is written down, and shown against the result."""

from __future__ import annotations

from collections.abc import Sequence

from nbkeras.analysis.guess.comparison import (
    Closeness,
    Comparison,
    Guess,
    as_options,
)
from nbkeras.notebook.widget import translations
from nbkeras.notebook.widget.static_picture import text as escaped

CARD = (
    "border:1px solid rgba(128,128,128,.4);border-radius:6px;padding:8px 14px;"
    "margin:4px 0;max-width:44em;line-height:1.5"
)
# Legible on white and on black.
COLOURS = {"guess": "#cf6a10", "result": "#3b82c4"}


class GuessView:
    """A guess, shown with its question.

    Args:
        guess: what is expected.
    """

    def __init__(self, guess: Guess):
        self.guess = guess

    @property
    def value(self) -> float | str | None:
        """What was guessed; None for nothing yet."""
        return self.guess.value

    def compare(self, result: float | str) -> ComparisonView:
        """Show the guess next to what happened.

        Args:
            result: a number on the same scale, or one of the options.

        Raises:
            ValueError: the result is not one of the options.
        """
        return ComparisonView(self.guess.compared(result))

    def __repr__(self) -> str:
        return "\n".join((self.guess.question, self._state()))

    def _repr_html_(self) -> str:
        return (
            f'<div style="{CARD}"><strong>{escaped(self.guess.question)}</strong><br>'
            f"{escaped(self._state())}</div>"
        )

    def _state(self):
        words, guess = translations.table("widget", "guess"), self.guess
        if guess.value is not None:
            return words["written"].format(value=shown(guess.value))
        if guess.options:
            options = words["list_gap"].join(map(repr, guess.options))
            return words["write_choice"].format(options=options)
        low, high = shown(guess.low), shown(guess.high)
        return words["write_number"].format(low=low, high=high)


class ComparisonView:
    """A guess next to the result, as text and as HTML without scripts.

    Args:
        comparison: of `Guess.compared`.
    """

    def __init__(self, comparison: Comparison):
        self.comparison = comparison

    @property
    def closeness(self) -> Closeness:
        """Whether the guess is right, close, roughly right or far, or still open."""
        return self.comparison.closeness

    def __repr__(self) -> str:
        words = translations.table("widget", "guess")
        lines = [
            words["labelled"].format(label=words[key], text=text)
            for key, text, _ in self._bars(words)
        ]
        return "\n".join(
            [self.comparison.guess.question, *lines, words[self.closeness.value]]
        )

    def _repr_html_(self) -> str:
        words = translations.table("widget", "guess")
        bars = self._bars(words)
        # Wide enough for one line of either text; a Chinese letter is wider.
        wide = [len(t) * (0.65 if t.isascii() else 1.1) for _, t, _ in bars]
        width = min(max(6.0, *wide), 14.0)
        rows = "".join(
            f'<div style="display:flex;align-items:center;gap:8px;margin:3px 0">'
            f'<span style="flex:0 0 7em">{escaped(words[key])}</span>'
            f'<span style="flex:1 1 auto;background:rgba(128,128,128,.18);'
            f'border-radius:3px"><span style="display:block;height:12px;'
            f"border-radius:3px;background:{COLOURS[key]};width:{100 * share:.1f}%"
            f'"></span></span><span style="flex:0 0 {width:.1f}em">'
            f"{escaped(text)}</span></div>"
            for key, text, share in bars
        )
        return (
            f'<div style="{CARD}">'
            f"<strong>{escaped(self.comparison.guess.question)}</strong>{rows}"
            f"<div>{escaped(words[self.closeness.value])}</div></div>"
        )

    def _bars(self, words):
        """(key, text, share of the scale) of the guess and of the result."""
        guess, bars = self.comparison.guess, []
        for key, value in (("guess", guess.value), ("result", self.comparison.result)):
            if value is None:
                bars.append((key, words["no_guess"], 0.0))
            elif isinstance(value, str):
                place = guess.options.index(value) + 1
                bars.append((key, value, place / len(guess.options)))
            else:
                bars.append((key, shown(value), guess.place(value)))
        return bars


def shown(value: float | str) -> str:
    """A number with three digits, and commas where it is large.

    >>> shown(1234567.0), shown(0.98765), shown(9)
    ('1,234,567', '0.988', '9')
    """
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def guess(
    question: str,
    value: float | str | None = None,
    *,
    low: float = 0.0,
    high: float = 1.0,
    log: bool = False,
    options: Sequence[str] | None = None,
) -> GuessView:
    """Write down what you expect, before you look.

    Args:
        question: what is asked.
        value: your guess: a number from `low` to `high`, or one of `options` (8 does
            for "8"); None for nothing yet.
        low, high: the ends of the scale.
        log: whether the scale is logarithmic, so that distances are ratios.
        options: possible answers, for a choice instead of a number.

    Returns:
        The guess; `.compare(result)` shows it next to what happened.

    Raises:
        ValueError: the guess is not on the scale, or not one of the options.

    >>> expected = guess("How many of 16 filters see edges?", 12, low=0, high=16)
    >>> print(expected.compare(9))
    How many of 16 filters see edges?
    your guess: 12
    result: 9
    Roughly right.
    """
    return GuessView(
        Guess(question, value, low=low, high=high, log=log, options=as_options(options))
    )
