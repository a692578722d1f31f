"""What a check found out, in words that say how far off, and never the answer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from nbkeras.analysis.exercises.bilingual import Text

Unit = Literal["share", "count", "number"]
SHORT = {
    "share": Text(
        "{value}, {distance} points short", "{value}，还差 {distance} 个百分点"
    ),
    "count": Text("{value}, {distance} too few", "{value}，少了 {distance}"),
    "number": Text("{value}, and {limit} is needed", "{value}，需要 {limit}"),
}
OVER = {
    "share": Text(
        "{value}, {distance} points too much", "{value}，多了 {distance} 个百分点"
    ),
    "count": Text("{value}, {distance} too many", "{value}，多了 {distance}"),
    "number": Text("{value}, {times} times the limit", "{value}，是上限的 {times} 倍"),
}
NOT_FINITE = Text("not a finite number", "不是有限的数")


@dataclass(frozen=True)
class Outcome:
    """The result of one check.

    Args:
        passed: whether the goal is reached.
        goal: what is asked for.
        measured: what was measured, and how far it is from the goal.
        error: message of an exception that the check ran into, "" for none.
    """

    passed: bool
    goal: Text
    measured: Text
    error: str = ""


def at_least(goal: Text, value: float, limit: float, unit: Unit = "share") -> Outcome:
    """An outcome that passes from `limit` upwards.

    >>> at_least(Text("accuracy 95 %", "准确率 95 %"), 0.9, 0.95).measured.en
    '90.0 %, 5.0 points short'
    """
    if not math.isfinite(value):
        return Outcome(False, goal, NOT_FINITE)
    if value >= limit:
        return Outcome(True, goal, _plain(value, unit, math.floor))
    slots = _slots(value, limit, unit, math.floor)
    return Outcome(False, goal, SHORT[unit].filled(**slots))


def at_most(goal: Text, value: float, limit: float, unit: Unit = "share") -> Outcome:
    """An outcome that passes up to `limit`.

    >>> at_most(Text("60 weights", "60 个参数"), 97, 60, "count").measured.en
    '97, 37 too many'
    """
    if not math.isfinite(value):
        return Outcome(False, goal, NOT_FINITE)
    if value <= limit:
        return Outcome(True, goal, _plain(value, unit, math.ceil))
    slots = _slots(value, limit, unit, math.ceil)
    return Outcome(False, goal, OVER[unit].filled(**slots))


def _slots(value, limit, unit, rounded):
    times = value / limit if limit else math.inf
    if unit == "share":
        value = rounded(round(value * 1000, 6)) / 1000
        distance = f"{abs(value - limit) * 100:.1f}"
    else:
        distance = f"{abs(value - limit):,.0f}"
    return {
        "value": _shown(value, unit, rounded),
        "limit": written(limit, unit),
        "distance": distance,
        "times": f"{times:,.0f}" if times >= 10 else f"{times:.2g}",
    }


def _plain(value, unit, rounded):
    shown = _shown(value, unit, rounded)
    return Text(shown, shown)


def written(limit: float, unit: Unit = "share") -> str:
    """A limit as it is written in a goal.

    >>> written(0.95), written(20000, "count")
    ('95 %', '20,000')
    """
    return f"{limit * 100:g} %" if unit == "share" else f"{limit:,g}"


def _shown(value, unit, rounded):
    """A value, rounded away from the goal: 94.96 % must not read as 95.0 %."""
    if unit == "share":
        return f"{rounded(round(value * 1000, 6)) / 10:.1f} %"
    return f"{value:,.0f}" if unit == "count" else f"{value:.3g}"
