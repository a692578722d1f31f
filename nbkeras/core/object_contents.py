"""What decides how an object of the library computes, to see whether it has changed."""

# pyright: standard
# It reads the attributes of any object, which a strict check rejects.

from __future__ import annotations

import operator
import types
from collections.abc import Callable, Collection, Sequence
from typing import Any

import jax
import numpy as np

from nbkeras.core.base_classes import BaseLayer, BaseMetric, BaseSeedGenerator
from nbkeras.core.variable import Variable

# Objects of these modules are compared by their attributes, others by identity.
_COMPARED_INSIDE = (
    "nbkeras.core.dtype_policies",
    "nbkeras.layers.engine.input_spec",
    "nbkeras.ops.",
    "nbkeras.optimizers.schedules",
)
_LIBRARIES = ("nbkeras.", "jax.", "jaxlib.", "builtins.", "_operator.")


class NotComparable(Exception):
    """Raised for an object that may depend on more than can be listed."""


def of_library(cls: type) -> bool:
    """Whether the class is the library's own."""
    return cls.__module__.startswith("nbkeras.")


def listed(owner: Any, ignored: Collection[str], add: Callable[[Any], None]) -> None:
    """Pass the attributes of `owner` to `add`, with what can change in place in them.

    Args:
        owner: an object of the library.
        ignored: names of attributes that do not matter.
        add: called with each name and value.

    Raises:
        NotComparable: there is a function or an object of the user's among them, or
            something whose content cannot be compared.
    """
    for name, value in vars(owner).items():
        if name not in ignored:
            add(name)
            _list(value, add)


def same(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether two lists hold the very same objects."""
    return len(one) == len(other) and all(map(operator.is_, one, other))


def _list(value: Any, add: Callable[[Any], None], outer: tuple[int, ...] = ()) -> None:
    add(value)
    if isinstance(value, str | int | float | None | Variable | BaseLayer | jax.Array):
        return
    cls = type(value)
    if isinstance(value, list | tuple | dict):
        if id(value) in outer:  # it holds itself
            raise NotComparable
        outer = (*outer, id(value))
    if isinstance(value, list | tuple):
        for item in value:
            _list(item, add, outer)
    elif isinstance(value, dict):
        for key, item in value.items():
            add(key)
            _list(item, add, outer)
    elif isinstance(value, BaseMetric | BaseSeedGenerator | np.ndarray | set):
        raise NotComparable
    elif isinstance(value, types.FunctionType | types.BuiltinFunctionType | type):
        if not f"{value.__module__}.".startswith(_LIBRARIES):
            raise NotComparable
    elif not f"{cls.__module__}.".startswith(_LIBRARIES) or (
        cls.__module__.startswith("nbkeras.optimizers.")
        and cls.__module__ != "nbkeras.optimizers.schedules"
    ):
        raise NotComparable
    elif f"{cls.__module__}.".startswith(_COMPARED_INSIDE) and hasattr(
        value, "__dict__"
    ):
        listed(value, (), add)
