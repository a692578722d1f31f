"""Merge: base class of layers that merge a list of tensors into one."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from nbkeras.core.annotations import Shape
from nbkeras.core.sparse_arrays import is_sparse
from nbkeras.layers.engine import errors
from nbkeras.layers.engine.building import is_shape
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.nodes import symbolic
from nbkeras.layers.engine.shapes import as_array

if TYPE_CHECKING:
    from nbkeras.layers.engine.errors import LayerMistake


class Merge(Layer):
    """Base class of merging layers, whose `call` takes a list of tensors.

    Args:
        **base: arguments of `Layer`.
    """

    rows_independent = True
    supports_masking = True
    keeps_sparse = True
    exactly = None
    _example = "Add()([x, y])"

    def check_symbolic(self, *args: Any) -> None:
        """Raise if the tensors cannot be merged, naming their shapes and layers."""
        inputs = args[0] if args else None
        if not isinstance(inputs, list | tuple):
            input_shapes = [t.shape for t in args if symbolic.is_symbolic(t)]
            raise self._needs_list(input_shapes)
        if not all(map(symbolic.is_symbolic, inputs)):
            kinds = sorted({type(entry).__name__ for entry in inputs})
            raise TypeError(
                f"{type(self).__name__} got a list of {' and '.join(kinds)}. Give "
                "symbolic tensors only; for a constant write an operator, x + constant."
            )
        shapes = [tensor.shape for tensor in inputs]
        self._check(shapes, [symbolic.described(tensor) for tensor in inputs])

    def build(self, input_shape: Shape) -> None:
        """Check that the shapes can be merged."""
        if is_shape(input_shape):
            raise self._needs_list([input_shape])
        self._check(list(input_shape), [str(shape) for shape in input_shape])

    def call_on_sparse(self, *args: Any, **kwargs: Any) -> Any:
        """A sparse array from a list of sparse ones; None if one is dense, as in Keras.

        None as well from layers such as Dot, whose output is dense.
        """
        inputs = args[0] if args else None
        if not isinstance(inputs, list | tuple) or not all(map(is_sparse, inputs)):
            return None
        self._check([x.shape for x in inputs], [str(x.shape) for x in inputs])
        return self._merged_sparse(list(inputs))

    def _merged_sparse(self, inputs: list[Any]) -> Any:
        return None

    # Keras names this argument `mask` here, and `previous_mask` elsewhere.
    def compute_mask(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, inputs: Any, mask: Any = None
    ) -> Any:
        """True where any input is unmasked; None if one of them has no mask.

        Raises:
            ValueError: `mask` is not a list with one entry per input.
        """
        masks = self._listed_masks(inputs, mask)
        if any(entry is None for entry in masks):
            return None
        return functools.reduce(jnp.logical_or, masks)

    def _listed_masks(self, inputs: Any, mask: Any) -> list[Any]:
        """The masks as arrays, one per input; None for inputs without a mask."""
        if mask is None:
            return [None]
        lists = isinstance(inputs, list | tuple) and isinstance(mask, list | tuple)
        if not lists or len(inputs) != len(mask):
            kinds = [
                f"{name}, a list of {len(entry)}"
                if isinstance(entry, list | tuple)
                else f"{name}, one {type(entry).__name__}"
                for name, entry in (("inputs", inputs), ("mask", mask))
            ]
            raise ValueError(
                f"{type(self).__name__}.compute_mask got {' and '.join(kinds)}: it "
                "needs two lists of equal length. Write for example compute_mask([x, "
                "y], [mask_of_x, None])."
            )
        return [as_array(entry) for entry in mask]

    def _check(self, shapes, described):
        if not shapes or len(shapes) != (self.exactly or len(shapes)):
            needed_tensors = (
                f"exactly {self.exactly} tensors" if self.exactly else "tensors"
            )
            raise errors.mistake(
                self, list(shapes), f"a list of {needed_tensors}", self._example
            )
        requirement = self._problem(shapes)
        if requirement:
            error = errors.mistake(self, list(shapes), *requirement)
            error.given = " and ".join(described)
            raise error

    def _refuse_unlike_batches(self, inputs, suggestion=None, broadcast=()):
        """Raise if the batch sizes of arrays differ; the shapes in `build` lack them.

        Sizes in `broadcast` fit any other.
        """
        shapes = [tuple(x.shape) for x in inputs]
        sizes = {shape[0] for shape in shapes if shape}
        if len(sizes.difference(broadcast)) < 2:
            return
        rows = f"[x[:{min(sizes)}], y[:{min(sizes)}]]"
        suggestion = suggestion or self._example.replace("[x, y]", rows)
        error = errors.mistake(self, shapes, "equal batch sizes", suggestion)
        error.given = " and ".join(map(str, shapes))
        raise error

    def _problem(self, shapes) -> Any:
        """(requirement of the shapes, suggestion, hint); None if they fit."""
        broadcast_shape = shapes[0]
        for shape in shapes[1:]:
            broadcast_shape = _broadcast(broadcast_shape, shape)
            if broadcast_shape is None:
                return _equal(shapes[0], shape)
        return None

    def _needs_list(self, shapes):
        description = (
            "one tensor alone" if len(shapes) == 1 else f"{len(shapes)} arguments"
        )
        needed = f"a list of tensors, not {description}"
        return errors.mistake(self, shapes, needed, self._example)


def unequal(shapes: Any) -> bool:
    """Whether the shapes cannot be broadcast to each other."""
    try:
        np.broadcast_shapes(*(tuple(n or 1 for n in shape[1:]) for shape in shapes))
    except ValueError:
        return True
    return False


def of_unequal(layer: Layer, shapes: Any) -> LayerMistake:
    """The error for an elementwise operation on tensors of these shapes."""
    return errors.mistake(layer, shapes, *_equal(*shapes[:2]))


def _equal(first, second):
    """(requirement, suggestion, hint) for two shapes that cannot be added."""
    features = first[-1] if first[:-1] == second[:-1] else None
    needed = "equal sizes, or 1, on each axis"
    if features is not None:
        return needed, f"Dense({features}) before the second", "Concatenate()([x, y])"
    if (
        len(first) == len(second) == 4
        and first[-1] != second[-1]
        and first[1:3] == second[1:3]
    ):
        return needed, f"Conv2D({first[-1]}, 1) before the second", ""
    return needed, "Concatenate()([Flatten()(x), Flatten()(y)])", "pool or crop one"


def _broadcast(first: Any, second: Any) -> Any:
    """The shape that both broadcast to, aligned at the end; None if they do not fit."""
    if len(first) < len(second):
        first, second = second, first
    extra_axes = len(first) - len(second)
    sizes = []
    for a, b in zip(first[1 + extra_axes :], second[1:], strict=True):
        if a is not None and b is not None and a != b and 1 not in (a, b):
            return None
        sizes.append(None if a is None or b is None else max(a, b))
    return (first[0], *first[1 : 1 + extra_axes], *sizes)
