"""Argument checks. Every message says what came, what is needed, what to write."""

import difflib
import numbers
from collections.abc import Collection
from typing import Any


def is_int(value: Any) -> bool:
    """A whole number of any kind, but no bool."""
    return not isinstance(value, bool) and isinstance(value, numbers.Integral)


def _is_real(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, numbers.Real)


def positive_int(owner: str, name: str, value: Any, example: Any = 32) -> int:
    """`value` as an int of at least 1."""
    if is_int(value) and value > 0:
        return int(value)
    raise ValueError(
        f"{owner}({name}={value!r}): {name} must be a positive integer. "
        f"Write for example {owner}({name}={example})."
    )


def whole(owner: str, name: str, value: Any, example: Any = 0) -> int:
    """`value` as an int of at least 0."""
    if is_int(value) and value >= 0:
        return int(value)
    raise ValueError(
        f"{owner}({name}={value!r}): {name} must be an integer of at least 0. "
        f"Write for example {owner}({name}={example})."
    )


def number(
    owner: str,
    name: str,
    value: Any,
    low: float | None = None,
    high: float | None = None,
    example: Any = 0.5,
) -> float:
    """`value` as a float in [low, high]; None leaves a side open."""
    inside = _is_real(value) and (low is None or value >= low)
    if inside and (high is None or value <= high):
        return float(value)
    if low is not None and high is not None:
        wanted = f"a number from {low} to {high}"
    elif low is not None:
        wanted = f"a number of at least {low}"
    else:
        wanted = "a number" if high is None else f"a number of at most {high}"
    raise ValueError(
        f"{owner}({name}={value!r}): {name} must be {wanted}. "
        f"Write for example {owner}({name}={example})."
    )


def choice(owner: str, name: str, value: Any, options: Collection[Any]) -> Any:
    """`value`, which must be one of `options`."""
    if value in options:
        return value
    raise ValueError(
        f"{owner}({name}={value!r}): {name} must be one of "
        f"{', '.join(repr(o) for o in options)}.{did_you_mean(value, options)}"
    )


def ints(
    owner: str, name: str, value: Any, count: int, least: int = 1, example: Any = 2
) -> tuple[int, ...]:
    """`value` as a tuple of `count` integers; a single one is repeated."""
    given: Any = (value,) * count if is_int(value) else value
    try:
        given = tuple(given)
    except TypeError:
        given = ()
    if len(given) == count and all(is_int(v) and v >= least for v in given):
        return tuple(int(v) for v in given)
    shown = example if count == 1 else (example,) * count
    raise ValueError(
        f"{owner}({name}={value!r}): {name} must be an integer or {count} of them, "
        f"each at least {least}. Write for example {owner}({name}={shown})."
    )


def did_you_mean(given: Any, options: Collection[Any]) -> str:
    """' Did you mean ...?' for the nearest of `options`, or an empty string."""
    names = [o for o in options if isinstance(o, str)]
    near = difflib.get_close_matches(str(given), names, n=3, cutoff=0.55)
    return f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
