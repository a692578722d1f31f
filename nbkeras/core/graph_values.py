"""The arrays of a model's symbolic tensors in one step, for losses that use them.

Losses of Keras 1 and 2 name tensors of the model besides `y_true` and `y_pred`, as that
of a variational autoencoder does. `uses_symbolic` says whether a function does; the
step then collects the arrays, and the loss finds them by `current`.
"""

# pyright: standard
# It reads what functions name, which a strict check rejects.

from __future__ import annotations

import contextlib
import contextvars
import types
from collections.abc import Generator, Mapping
from typing import Any

_current: contextvars.ContextVar[Mapping[int, Any] | None] = contextvars.ContextVar(
    "graph_values", default=None
)
# How deep functions that a function calls are searched.
_DEPTH = 3
_LIBRARIES = ("nbkeras.", "jax.", "numpy.")


def current() -> Mapping[int, Any] | None:
    """{id of a symbolic tensor: its array} in this step; None if none are collected."""
    return _current.get()


@contextlib.contextmanager
def known(values: Mapping[int, Any] | None) -> Generator[None]:
    """A context in which `current` returns `values`."""
    token = _current.set(values)
    try:
        yield
    finally:
        _current.reset(token)


def uses_symbolic(function: Any, depth: int = _DEPTH) -> bool:
    """Whether a function names symbolic tensors: in its closure or as globals."""
    if not isinstance(function, types.FunctionType):
        return False
    if f"{function.__module__}.".startswith(_LIBRARIES):
        return False
    names = function.__code__.co_names
    found = [function.__globals__[n] for n in names if n in function.__globals__]
    for cell in function.__closure__ or ():
        with contextlib.suppress(ValueError):  # a cell that is not filled yet
            found.append(cell.cell_contents)
    if any(map(_is_symbolic, found)):
        return True
    return depth > 0 and any(uses_symbolic(value, depth - 1) for value in found)


def _is_symbolic(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_is_symbolic, value))
    # Not of a module or a class, whose `__getattr__` could import something.
    return hasattr(type(value), "apply_function")
