"""Concatenate and Dot."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Unpack

import jax
import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.layers.engine import errors
from nbkeras.layers.engine.layer import LayerArguments
from nbkeras.layers.engine.registry import register
from nbkeras.layers.merging.base import Merge
from nbkeras.ops.functions import all_functions, sparse_functions


@register("Concatenate")
class Concatenate(Merge):
    """Concatenate the inputs along `axis`.

    Args:
        axis: axis to concatenate along; all other sizes must be equal.
        **base: arguments of `Layer`.

    Raises:
        ValueError: the sizes differ on another axis.
    """

    _example = "Concatenate()([x, y])"

    def __init__(self, axis: int = -1, **base: Unpack[LayerArguments]) -> None:
        super().__init__(**base)
        if not check.is_int(axis):
            raise ValueError(
                f"Concatenate(axis={axis!r}): axis must be an integer. Write for "
                "example Concatenate(axis=-1)."
            )
        self.axis = axis

    def call(self, inputs: Sequence[jax.Array]) -> jax.Array:
        """The concatenated inputs."""
        if self.axis % inputs[0].ndim:
            stacks = len({x.shape[1:] for x in inputs}) == 1
            suggestion = "Concatenate(axis=0)([x, y])" if stacks else None
            self._refuse_unlike_batches(inputs, suggestion)
        return jnp.concatenate(inputs, axis=self.axis)

    def _merged_sparse(self, inputs):
        return sparse_functions.concatenated(inputs, self.axis)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The concatenated masks; inputs without a mask count as unmasked."""
        masks = self._listed_masks(inputs, mask)
        present_masks = [entry for entry in masks if entry is not None]
        if not present_masks:
            return None
        rows = present_masks[0].shape[:1]  # unknown for symbolic inputs
        full_masks = [
            jnp.ones(rows + tuple(x.shape[1:]), bool)
            if m is None
            else _full_mask(m, x.shape)
            for x, m in zip(inputs, masks, strict=True)
        ]
        return jnp.any(jnp.concatenate(full_masks, axis=self.axis), axis=-1)

    def treats_rows_alone(self, promise: str = "rows_independent") -> bool:
        """Whether the rows of a batch are independent: not if they are concatenated."""
        return self.axis != 0 and super().treats_rows_alone(promise)

    def _problem(self, shapes) -> Any:
        ranks = {len(shape) for shape in shapes}
        if len(ranks) > 1:
            return (
                "equal numbers of axes",
                f"{self._example.replace('[x, y]', '[Flatten()(x), Flatten()(y)]')}",
                "a global pooling on the one with more",
            )
        (rank,) = ranks
        if not -rank <= self.axis < rank:
            needed = f"an axis from 1 to {rank - 1}, not {self.axis}"
            return needed, f"{errors.call_of(self, axis=-1)}([x, y])", ""
        for axis in range(1, rank):
            sizes = {shape[axis] for shape in shapes} - {None}
            if len(sizes) > 1 and axis != self.axis % rank:
                needed = (
                    f"equal sizes on axis {axis} to concatenate them on "
                    f"{self.axis % rank}"
                )
                return self._other_axis(shapes, rank, needed)
        return None

    def _other_axis(self, shapes, rank, needed):
        """(requirement, suggestion, hint); suggest another axis if one is possible."""
        for axis in range(1, rank):
            other_sizes = {shape[1:axis] + shape[axis + 1 :] for shape in shapes}
            if len(other_sizes) == 1:
                layer_call = errors.call_of(self, axis=axis)
                return needed, f"{layer_call}([x, y])", "crop or pool one of them"
        return needed, "Concatenate()([Flatten()(x), Flatten()(y)])", "pool or crop one"


def _full_mask(mask, shape):
    """`mask` with the last axis of an input of `shape`, if it lacks that axis."""
    if mask.ndim == len(shape):
        return mask != 0
    return jnp.broadcast_to(mask[..., None] != 0, (*mask.shape, shape[-1]))


@register("Dot")
class Dot(Merge):
    """Dot product of two tensors over one axis of each.

    Args:
        axes: the axis to sum over, or a pair with one for each tensor; not 0, the
            batch.
        normalize: scale both tensors to length 1 first, which gives cosine similarity.
        **base: arguments of `Layer`.

    Shapes:
        (batch, n) and (batch, n), axes=1 -> (batch, 1).
        (batch, a, n) and (batch, n, b), axes=(2, 1) -> (batch, a, b).

    Raises:
        ValueError: `axes` is not one or two integers, or the sizes of the axes differ.
    """

    exactly = 2
    _example = "Dot(axes=1)([x, y])"

    def __init__(
        self,
        axes: int | Sequence[int],
        normalize: bool = False,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        pair = (axes, axes) if check.is_int(axes) else axes
        is_pair = isinstance(pair, list | tuple) and len(pair) == 2
        if not is_pair or not all(check.is_int(a) and a != 0 for a in pair):
            raise ValueError(
                f"Dot(axes={axes!r}): axes must be an integer or a pair of integers, "
                "and not 0, the batch axis. Write for example Dot(axes=1)."
            )
        self.axes = axes
        self.normalize = normalize

    def call(self, inputs: Sequence[jax.Array]) -> jax.Array:
        """The dot products."""
        self._refuse_unlike_batches(inputs)
        x, y = inputs
        x_axis, y_axis = self._axes([x.shape, y.shape])
        if self.normalize:
            normalize: Any = all_functions.find("normalize")
            x, y = normalize(x, x_axis), normalize(y, y_axis)
        left = "b" + "cdefgh"[: x.ndim - 1]
        right = "b" + "ijklmn"[: y.ndim - 1]
        right = right[:y_axis] + left[x_axis] + right[y_axis + 1 :]
        output = left.replace(left[x_axis], "") + right[1:].replace(left[x_axis], "")
        result = jnp.einsum(f"{left},{right}->{output}", x, y)
        return result[:, None] if result.ndim == 1 else result

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """None: the steps are summed over."""
        return None

    def _axes(self, shapes):
        axes = [self.axes] * 2 if check.is_int(self.axes) else self.axes
        return [axis % len(shape) for axis, shape in zip(axes, shapes, strict=True)]

    def _problem(self, shapes) -> Any:
        x_axis, y_axis = self._axes(shapes)
        first, second = shapes[0][x_axis], shapes[1][y_axis]
        if None in (first, second) or first == second:
            return None
        needed = f"axis {x_axis} of the first and {y_axis} of the second equal"
        for a, b in itertools.product(*(range(1, len(shape)) for shape in shapes)):
            if shapes[0][a] == shapes[1][b]:
                return needed, f"Dot(axes=({a}, {b}))([x, y])", ""
        return needed, f"Dense({first}) before the second", ""
