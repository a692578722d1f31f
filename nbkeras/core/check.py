"""Argument validation. Messages name the value, the requirement and a correct call."""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from nbkeras.core.errors import structured_errors
from nbkeras.core.names.display_name import quoted

if TYPE_CHECKING:
    from typing_extensions import TypeIs


def is_int(value: Any) -> TypeIs[int]:
    """Whether `value` is an integer of any type, but not a bool."""
    return not isinstance(value, bool) and isinstance(value, numbers.Integral)


def _is_real(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, numbers.Real)


def positive_int(owner: str, name: str, value: Any, example: Any = 32) -> int:
    """`value` as an int of at least 1."""
    if is_int(value) and value > 0:
        return int(value)
    near = _nearest(value)
    suggestion = round(near) if near is not None and near >= 1 else example
    raise structured_errors.argument(
        owner, name, value, "a positive integer", str(suggestion)
    )


def whole(owner: str, name: str, value: Any, example: Any = 0) -> int:
    """`value` as an int of at least 0."""
    if is_int(value) and value >= 0:
        return int(value)
    requirement = "an integer of at least 0"
    raise structured_errors.argument(owner, name, value, requirement, str(example))


def number(
    owner: str,
    name: str,
    value: Any,
    low: float | None = None,
    high: float | None = None,
    example: Any = 0.5,
) -> float:
    """`value` as a float in [low, high]; None means no bound."""
    inside = _is_real(value) and (low is None or value >= low)
    if inside and (high is None or value <= high):
        return float(value)
    if low is not None and high is not None:
        requirement = f"a number from {low} to {high}"
    elif low is not None:
        requirement = f"a number of at least {low}"
    else:
        requirement = "a number" if high is None else f"a number of at most {high}"
    near = _nearest(value)
    if name == "rate" and high == 1 and near is not None and 5 <= near <= 100:
        example = near / 100  # a percentage
    raise structured_errors.argument(owner, name, value, requirement, str(example))


def decay_rate(owner: str, name: str, value: Any, example: Any = 0.9) -> float:
    """`value` as a float in [0, 1): the decay rate of a running average."""
    if _is_real(value) and 0 <= value < 1:
        return float(value)
    requirement = "a number from 0 to below 1"
    raise structured_errors.argument(owner, name, value, requirement, str(example))


def choice(owner: str, name: str, value: Any, options: Collection[Any]) -> Any:
    """`value`, checked to be one of `options`."""
    if value in options:
        return value
    near = difflib.get_close_matches(str(value), _words(options), n=1, cutoff=0.55)
    suggestion = near[0] if near else next(iter(options))
    requirement = f"one of {', '.join(repr(o) for o in options)}"
    hint = did_you_mean(value, options)
    raise structured_errors.argument(
        owner, name, value, requirement, repr(suggestion), hint
    )


def ints(
    owner: str, name: str, value: Any, count: int, least: int = 1, example: Any = 2
) -> tuple[int, ...]:
    """`value` as a tuple of `count` integers; a single integer is repeated."""
    entries: Any = (value,) * count if is_int(value) else value
    try:
        entries = tuple(entries)
    except TypeError:
        entries = ()
    if len(entries) == count and all(is_int(v) and v >= least for v in entries):
        return tuple(int(v) for v in entries)
    shown = example if count == 1 else (example,) * count
    form = f"an integer or {count} of them, each" if count > 1 else "an integer of"
    requirement = f"{form} at least {least}"
    raise structured_errors.argument(owner, name, value, requirement, str(shown))


def did_you_mean(name: Any, options: Collection[Any]) -> str:
    """' Did you mean ...?' with the options closest to `name`, or an empty string."""
    near = difflib.get_close_matches(str(name), _words(options), n=3, cutoff=0.55)
    return f" Did you mean {' or '.join(map(quoted, near))}?" if near else ""


def _words(options: Collection[Any]) -> list[str]:
    return [o for o in options if isinstance(o, str)]


def _nearest(value: Any) -> float | None:
    """The number in 10.0 or "10"; None if `value` is not one."""
    try:
        number = float(value) if isinstance(value, str) or _is_real(value) else None
    except ValueError:
        return None
    return number if number is not None and math.isfinite(number) else None
