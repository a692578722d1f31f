"""Eager calls of a layer that a GradientTape records again and again, compiled.

What decides what a tree of layers computes is listed before each call and compared with
the list of the call before: the attributes of layers, and for layers of one's own the
code of `call` and what it names. Something that was replaced begins anew. A `call` that
may read more, or that does more than compute, is left uncompiled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nbkeras.core import function_contents, object_contents
from nbkeras.core.base_classes import BaseMetric
from nbkeras.core.gradients.compiled_calls import CompiledCalls

if TYPE_CHECKING:
    from nbkeras.layers.engine.layer import Layer

_ATTRIBUTE = "_repeated_calls"
# Attributes of every layer that `call` does not read.
_NOT_READ = frozenset(
    {
        "_added_losses",
        "_arguments",
        "_compiled_last",
        "_made_at",
        "_nodes",
        _ATTRIBUTE,
    }
)
# Their `call` works on the host, or with random numbers of their own.
_EXCLUDED = (
    "nbkeras.layers.augmentation",
    "nbkeras.layers.jax_function",
    "nbkeras.layers.preprocessing",
)
# Methods of a layer that decide what it computes.
_METHODS = "__call__", "call", "compute_mask"
# A layer whose attributes change this often in its life is left uncompiled.
_MAX_CHANGES = 8
_MIN_CALLS = 8


class RepeatedCalls:
    """The compiled calls of one layer, as long as its attributes stay the same."""

    def __init__(self) -> None:
        self._inside: list[Any] = []
        self._compiled: CompiledCalls | None = None
        self._changes = 0

    def compiled(self, layer: Layer) -> CompiledCalls | None:
        """The compiled forms for the layer as it is; None if it cannot be compiled."""
        if self._changes > _MAX_CHANGES:
            return None
        layers = layer.walk()
        inside = _contents(layers)
        if inside is None or not object_contents.same(inside, self._inside):
            self._changes += 1
            self._inside = inside or []
            # A network of many layers takes longer to compile.
            calls = max(_MIN_CALLS, len(layers))
            self._compiled = None if inside is None else CompiledCalls(after=calls)
        return self._compiled

    def __reduce__(self) -> Any:
        return RepeatedCalls, ()


def of(layer: Layer) -> CompiledCalls | None:
    """The compiled forms of the layer's eager calls; None if it has to run as it is."""
    return vars(layer).setdefault(_ATTRIBUTE, RepeatedCalls()).compiled(layer)


def _contents(layers: list[Any]) -> list[Any] | None:
    """Everything that decides what the layers compute, apart from arrays.

    Returns:
        A list to compare with a later one; None if it would not be complete.
    """
    result: list[Any] = []
    for layer in layers:
        cls = type(layer)
        if cls.__module__.startswith(_EXCLUDED):
            return None
        generator = vars(layer).get("seed_generator")
        if (vars(layer).get("seed"), getattr(generator, "seed", None)) != (None, None):
            return None
        # Without a seed of its own, a generator follows the key of the call.
        result += [layer, generator]
        ignored = _NOT_READ | layer.not_read_in_call | {"seed_generator"}
        try:
            if not object_contents.of_library(cls):
                ignored |= _metrics_besides(
                    layer, _names_in_methods(cls, result.append)
                )
            object_contents.listed(layer, ignored, result.append)
        except object_contents.NotComparable:
            return None
    return result


def _names_in_methods(cls: type, add: Callable[[Any], None]) -> set[str]:
    """List the user's methods that decide what the layer computes.

    Returns:
        The names that occur in them.
    """
    names: set[str] = set()
    for name in _METHODS:
        owner = next(base for base in cls.__mro__ if name in vars(base))
        if not object_contents.of_library(owner):
            names |= function_contents.listed(vars(owner)[name], cls, add)
    return names


def _metrics_besides(layer: Any, names: set[str]) -> set[str]:
    """The attributes that hold metrics and are not among `names`."""
    attributes = vars(layer).items()
    held = {name for name, value in attributes if isinstance(value, BaseMetric)}
    return held - names
