"""Compiled forms of recorded calls that repeat.

Recording a call costs JAX a linearization of every operation in it, several
milliseconds for a small model. A loop repeats the same calls, so from a certain number
of repetitions on the call and its pullback are compiled, once per kind of arguments.
"""

# pyright: standard
# The trees and closures of JAX are untyped, which a strict check rejects.

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

from nbkeras.core import settings

# Arguments of these types select what is computed; arrays are what it is computed from.
_SELECTING = (bool, int, float, str, type(None), type(Ellipsis), type, np.dtype)
# Kinds of arguments that one function remembers; the oldest are forgotten.
_MAX_KINDS = 64
_NUMBERS = "biufcV"  # dtype kinds that JAX computes with; V is bfloat16


@jax.tree_util.register_pytree_node_class
class Static:
    """A value within a tree of arrays that is no array: part of the structure."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def tree_flatten(self) -> tuple[tuple[()], Static]:
        """No arrays; the value itself is part of the structure."""
        return (), self

    @classmethod
    def tree_unflatten(cls, static: Static, _children: Any) -> Static:
        """The value that `tree_flatten` made part of the structure."""
        return static


class Program:
    """One kind of calls, compiled.

    Args:
        pure: (values to differentiate by, other arrays) -> (outputs, other results).
    """

    def __init__(self, pure: Callable[..., Any]) -> None:
        def forward(values, others):
            return jax.vjp(lambda *values: pure(values, others), *values, has_aux=True)

        def backward(pullback, cotangents, outputs):
            full = [
                jax.numpy.zeros(*output) if cotangent is None else cotangent
                for cotangent, output in zip(cotangents, outputs, strict=True)
            ]
            return pullback(full)

        self._forward = jax.jit(forward)
        self._uncompiled_backward = backward
        self._backward = jax.jit(backward, static_argnums=2)

    def __call__(self, values: Sequence[Any], others: Sequence[Any]) -> Any:
        """(outputs, pullback, other results); the pullback takes None for zeros."""
        outputs, pullback, results = self._forward(tuple(values), tuple(others))
        specs = tuple((array.shape, str(array.dtype)) for array in outputs)

        def pull(cotangents):
            if any(isinstance(leaf, Tracer) for leaf in cotangents):
                return self._uncompiled_backward(pullback, tuple(cotangents), specs)
            return self._backward(pullback, tuple(cotangents), specs)

        return outputs, pull, results


class ForwardProgram:
    """One kind of calls that no tape records, compiled.

    Args:
        pure: (values to differentiate by, other arrays) -> (outputs, other results).
    """

    def __init__(self, pure: Callable[..., Any]) -> None:
        self._forward = jax.jit(lambda others: pure((), others))

    def __call__(self, others: Sequence[Any]) -> Any:
        """(outputs, other results)."""
        return self._forward(tuple(others))


class CompiledCalls:
    """The compiled forms of one pure function.

    Args:
        after: number of calls of one kind that run uncompiled, before compiling pays.
    """

    def __init__(self, after: int = 8) -> None:
        self._after = after
        # {kind: number of calls so far, then a program; None if it cannot be compiled}
        self._kinds: OrderedDict[Any, Any] = OrderedDict()

    @property
    def num_programs(self) -> int:
        """The number of kinds that are compiled."""
        programs = Program, ForwardProgram
        return sum(isinstance(state, programs) for state in self._kinds.values())

    def program(self, kind: Any, make: Callable[[], Any]) -> Any:
        """The compiled form for arguments of this kind, or None."""
        state = self._kinds.get(kind, 0)
        if isinstance(state, int):
            state = make() if state >= self._after else state + 1
            self._kinds[kind] = state
            self._kinds.move_to_end(kind)
            if len(self._kinds) > _MAX_KINDS:
                self._kinds.popitem(last=False)
        return None if isinstance(state, int) else state

    def give_up(self, kind: Any) -> None:
        """Leave this kind uncompiled from now on."""
        self._kinds[kind] = None


def kind_of(structure: Any, leaves: Sequence[Any], sources: Sequence[int]) -> Any:
    """What a compiled form depends on besides arrays; None if it cannot be compiled.

    Args:
        structure: the structure of the arguments, a PyTreeDef.
        leaves: the arguments, without variables and recorded arrays.
        sources: places of the leaves that the call is differentiated by.
    """
    parts = [structure, tuple(sources), settings.fingerprint()]
    for leaf in leaves:
        if is_dynamic(leaf):
            if isinstance(leaf, Tracer) or not _is_numeric(leaf):
                return None
            parts.append(None)
        elif isinstance(leaf, slice):
            bounds = leaf.start, leaf.stop, leaf.step
            if not all(isinstance(bound, int | None) for bound in bounds):
                return None
            parts.append(("slice", *bounds))
        elif isinstance(leaf, _SELECTING):
            # 1, 1.0 and True are equal, and -0.0 and 0.0.
            parts.append((type(leaf), leaf, str(leaf)))
        else:
            return None
    return tuple(parts)


def is_dynamic(leaf: Any) -> bool:
    """Whether a compiled form takes `leaf` as an array."""
    return isinstance(leaf, jax.Array | np.ndarray | np.generic)


def _is_numeric(array: Any) -> bool:
    if isinstance(array, jax.Array):
        return True
    return array.dtype.kind in _NUMBERS and array.dtype.names is None
