"""Format calls as Python source code."""

import math


def literal(value):
    """A value as Python code; 1 / 255 stays a fraction, floats are rounded."""
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, tuple | list):
        inner = ", ".join(literal(element) for element in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    if isinstance(value, str) and not {*value} & {*'"\\'} and value.isprintable():
        return f'"{value}"'
    if callable(value):
        return getattr(value, "__name__", repr(value))
    return repr(value)


def _number(value):
    for base in ("255", "127.5"):
        if value and math.isclose(value, 1 / float(base), rel_tol=1e-12):
            return f"1 / {base}"
    short = float(f"{value:.6g}")
    return repr(short) if math.isclose(short, value, rel_tol=1e-9) else repr(value)


def call(name, arguments, positional=()):
    """The code of a call, `name(first, ..., key=value)`, on one line if it fits.

    Args:
        name: name of the function or class.
        arguments: {keyword: code}.
        positional: codes of the positional arguments.
    """
    parts = [*positional, *(f"{key}={text}" for key, text in arguments.items())]
    line = f"{name}({', '.join(parts)})"
    if len(line) <= 78:
        return line
    return f"{name}(\n" + "".join(f"    {part},\n" for part in parts) + ")"
