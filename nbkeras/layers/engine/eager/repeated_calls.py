"""Eager calls of a layer that a GradientTape records again and again, compiled.

Only calls of layers of the library are compiled, and only while nothing about them
changes: a layer of one's own may read whatever it likes in `call`. What decides what a
tree of layers computes is listed before each call and compared with the list of the
call before; an attribute that was replaced begins anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbkeras.core import object_contents
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
        if not object_contents.of_library(cls) or cls.__module__.startswith(_EXCLUDED):
            return None
        generator = vars(layer).get("seed_generator")
        if (vars(layer).get("seed"), getattr(generator, "seed", None)) != (None, None):
            return None
        # Without a seed of its own, a generator follows the key of the call.
        result += [layer, generator]
        ignored = _NOT_READ | layer.not_read_in_call | {"seed_generator"}
        try:
            object_contents.listed(layer, ignored, result.append)
        except object_contents.NotComparable:
            return None
    return result
