"""Argument checks. Every message says what came, what is needed, what to write."""

import difflib
import numbers


def is_int(value):
    """A whole number of any kind, but no bool."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def positive_int(owner, name, value, example=32):
    """`value` as an int of at least 1."""
    if is_int(value) and value > 0:
        return int(value)
    raise ValueError(
        f"{owner}({name}={value!r}): {name} must be a positive integer. "
        f"Write for example {owner}({name}={example})."
    )


def whole(owner, name, value, example=0):
    """`value` as an int of at least 0."""
    if is_int(value) and value >= 0:
        return int(value)
    raise ValueError(
        f"{owner}({name}={value!r}): {name} must be an integer of at least 0. "
        f"Write for example {owner}({name}={example})."
    )


def number(owner, name, value, low=None, high=None, example=0.5):
    """`value` as a float in [low, high]; None leaves a side open."""
    ok = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if ok and (low is None or value >= low) and (high is None or value <= high):
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


def choice(owner, name, value, options):
    """`value`, which must be one of `options`."""
    if value in options:
        return value
    raise ValueError(
        f"{owner}({name}={value!r}): {name} must be one of "
        f"{', '.join(repr(o) for o in options)}.{did_you_mean(value, options)}"
    )


def ints(owner, name, value, count, least=1, example=2):
    """`value` as a tuple of `count` integers; a single one is repeated."""
    given = (value,) * count if is_int(value) else value
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


def did_you_mean(given, options):
    """' Did you mean ...?' for the nearest of `options`, or an empty string."""
    names = [o for o in options if isinstance(o, str)]
    near = difflib.get_close_matches(str(given), names, n=3, cutoff=0.55)
    return f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
