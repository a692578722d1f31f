"""Array manipulation: reshaping, joining, splitting, indexing, padding."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from numpy.lib.array_utils import normalize_axis_index

from nbkeras.ops.functions.operation_table import as_indices, operation


def _all_sizes_told(x: Any, newshape: int | Sequence[int]) -> Any:
    """(shape, dtype) of `reshape` with unknown sizes; None to infer them by tracing."""
    shape = (newshape,) if isinstance(newshape, int) else tuple(newshape)
    known_size = math.prod(size for size in x.shape if size is not None)
    if None not in x.shape or -1 in shape or math.prod(shape) % (known_size or 1):
        return None
    return shape, x.dtype


@operation(symbolic=_all_sizes_told)
def reshape(x: ArrayLike, newshape: int | Sequence[int]) -> jax.Array:
    """`x` in another shape; one size may be -1 and is inferred from the others."""
    return jnp.reshape(x, newshape)


@operation()
def transpose(x: ArrayLike, axes: Sequence[int] | None = None) -> jax.Array:
    """`x` with its axes permuted; reversed if `axes` is None."""
    return jnp.transpose(x, axes)


@operation()
def broadcast_to(x: ArrayLike, shape: Sequence[int]) -> jax.Array:
    """`x` broadcast to `shape`: repeated along axes of size 1 and new leading axes."""
    return jnp.broadcast_to(x, shape)


@operation(rows="axis")
def expand_dims(x: ArrayLike, axis: int | Sequence[int]) -> jax.Array:
    """`x` with new axes of size 1 at `axis`."""
    return jnp.expand_dims(x, axis)


@operation(rows="axis")
def squeeze(x: ArrayLike, axis: int | Sequence[int] | None = None) -> jax.Array:
    """`x` without its axes of size 1, or without those at `axis`."""
    return jnp.squeeze(x, axis)


@operation()
def moveaxis(x: ArrayLike, source: Any, destination: Any) -> jax.Array:
    """`x` with the axes `source` moved to `destination`."""
    _check_axes("moveaxis", x, source, destination)
    return jnp.moveaxis(x, source, destination)


@operation()
def swapaxes(x: ArrayLike, axis1: int, axis2: int) -> jax.Array:
    """`x` with two axes swapped."""
    _check_axes("swapaxes", x, axis1, axis2)
    return jnp.swapaxes(x, axis1, axis2)


def _check_axes(name: str, x: jax.Array, *axes: Any) -> None:
    for axis in jax.tree.leaves(axes):
        if not -x.ndim <= axis < x.ndim:
            raise ValueError(
                f"ops.{name}: an array of shape {x.shape} has no axis {axis}. Write an "
                f"axis from {-x.ndim} to {x.ndim - 1}."
            )


@operation(rows="axis")
def flip(x: ArrayLike, axis: int | Sequence[int] | None = None) -> jax.Array:
    """`x` reversed along `axis`, or along all axes if None."""
    return jnp.flip(x, axis)


@operation("array")
def rot90(array: ArrayLike, k: int = 1, axes: Sequence[int] = (0, 1)) -> jax.Array:
    """`array` rotated by `k` * 90 degrees from the first of `axes` to the second.

    Raises:
        ValueError: `array` has fewer than two axes, or `axes` are not distinct axes.
    """
    if array.ndim < 2:
        raise ValueError(
            f"ops.rot90: an array of shape {array.shape} has fewer than two axes and "
            "cannot be rotated. Write for example ops.rot90(ops.expand_dims(x, 0))."
        )
    if len(axes) != 2 or axes[0] == axes[1]:
        raise ValueError(
            f"ops.rot90(axes={axes!r}): axes must be two different axes. Write for "
            "example ops.rot90(x, axes=(1, 2)) for a batch of images."
        )
    return jnp.rot90(array, k, tuple(axes))


@operation(rows="axis")
def roll(x: ArrayLike, shift: Any, axis: Any = None) -> jax.Array:
    """`x` shifted by `shift` positions along `axis`, wrapping around."""
    return jnp.roll(x, shift, axis)


@operation(rows="axis")
def repeat(x: ArrayLike, repeats: Any, axis: int | None = None) -> jax.Array:
    """Repeat each value, or each slice along `axis`, `repeats` times in a row."""
    return jnp.repeat(x, jnp.asarray(repeats) if _is_list(repeats) else repeats, axis)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


@operation()
def tile(x: ArrayLike, repeats: Any) -> jax.Array:
    """`x` tiled `repeats` times along each axis."""
    return jnp.tile(x, repeats)


@operation("*xs", rows="axis")
def concatenate(xs: Sequence[ArrayLike], axis: int = 0) -> jax.Array:
    """Arrays joined along an existing axis."""
    return jnp.concatenate(xs, axis)


@operation("*x", rows="axis")
def stack(x: Sequence[ArrayLike], axis: int = 0) -> jax.Array:
    """Arrays of one shape joined along a new axis."""
    return jnp.stack(x, axis)


@operation("*xs")
def hstack(xs: Sequence[ArrayLike]) -> jax.Array:
    """Join arrays horizontally: along axis 1, or axis 0 if they have one axis."""
    return jnp.hstack(xs)


@operation("*xs")
def vstack(xs: Sequence[ArrayLike]) -> jax.Array:
    """Join arrays vertically: along axis 0, treating one-axis arrays as rows."""
    return jnp.vstack(xs)


@operation("*xs")
def dstack(xs: Sequence[ArrayLike]) -> jax.Array:
    """Join arrays in depth: along axis 2."""
    return jnp.dstack(xs)


@operation("x1 x2")
def append(x1: ArrayLike, x2: ArrayLike, axis: int | None = None) -> jax.Array:
    """`x2` appended to `x1` along `axis`; both flattened for None."""
    return jnp.append(x1, x2, axis)


@operation(rows="axis")
def split(x: ArrayLike, indices_or_sections: Any, axis: int = 0) -> list[jax.Array]:
    """`x` split along `axis` into equal parts, or at the given indices."""
    return list(jnp.split(x, _places(indices_or_sections), axis))


@operation(rows="axis")
def array_split(
    x: ArrayLike, indices_or_sections: Any, axis: int = 0
) -> list[jax.Array]:
    """Like `split`; if the size is not divisible, the first parts are longer by one."""
    return list(jnp.array_split(x, _places(indices_or_sections), axis))


@operation()
def hsplit(x: ArrayLike, indices_or_sections: Any) -> list[jax.Array]:
    """`x` split along axis 1, or along axis 0 if it has one axis."""
    return list(jnp.hsplit(x, _places(indices_or_sections)))


@operation()
def vsplit(x: ArrayLike, indices_or_sections: Any) -> list[jax.Array]:
    """`x` split along axis 0."""
    return list(jnp.vsplit(x, _places(indices_or_sections)))


@operation()
def dsplit(x: ArrayLike, indices_or_sections: Any) -> list[jax.Array]:
    """`x` split along axis 2."""
    return list(jnp.dsplit(x, _places(indices_or_sections)))


def _places(indices: Any) -> Any:
    return list(indices) if _is_list(indices) else indices


@operation(module="core")
def unstack(x: ArrayLike, num: int | None = None, axis: int = 0) -> list[jax.Array]:
    """The slices of `x` along `axis`, a list of `num` arrays."""
    axis = normalize_axis_index(axis, x.ndim)
    count = x.shape[axis] if num is None else num
    return [jax.lax.index_in_dim(x, i, axis, keepdims=False) for i in range(count)]


@operation("x ?constant_values")
def pad(
    x: ArrayLike, pad_width: Any, mode: str = "constant", constant_values: Any = None
) -> jax.Array:
    """`x` padded as by numpy.pad.

    Raises:
        ValueError: `constant_values` is given with a mode other than "constant".
    """
    if constant_values is None:
        return jnp.pad(x, pad_width, mode)
    if mode != "constant":
        raise ValueError(
            f"ops.pad(mode={mode!r}): constant_values has no effect with this mode. "
            "Leave it out, or write mode='constant'."
        )
    return jnp.pad(x, pad_width, mode, constant_values=constant_values)


@operation("x ?key")
def get_item(x: ArrayLike, key: Any) -> jax.Array:
    """`x[key]`."""
    return x[tuple(key) if isinstance(key, list) else key]


@operation("x indices")
def take(x: ArrayLike, indices: ArrayLike, axis: int | None = None) -> jax.Array:
    """The values or slices of `x` at `indices`; NaN where an index is out of range."""
    return jnp.take(x, as_indices(indices), axis)


@operation("x indices")
def take_along_axis(
    x: ArrayLike, indices: ArrayLike, axis: int | None = None
) -> jax.Array:
    """Values of `x` at `indices` along `axis`, position by position."""
    return jnp.take_along_axis(x, as_indices(indices), axis)


@operation()
def diag(x: ArrayLike, k: int = 0) -> jax.Array:
    """The diagonal of a matrix, or a matrix with `x` as its diagonal."""
    return jnp.diag(x, k)


@operation()
def diagflat(x: ArrayLike, k: int = 0) -> jax.Array:
    """A matrix with all values of `x`, flattened, on its diagonal."""
    return jnp.diagflat(x, k)


@operation()
def diagonal(x: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The diagonals of the matrices formed by two axes of `x`."""
    return jnp.diagonal(x, offset, axis1, axis2)


@operation()
def trace(x: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> jax.Array:
    """The sum along the diagonal of the matrices formed by two axes of `x`."""
    return jnp.trace(x, offset, axis1, axis2)


@operation()
def tril(x: ArrayLike, k: int = 0) -> jax.Array:
    """Lower triangle: `x` with zeros above the `k`-th diagonal."""
    return jnp.tril(x, k)


@operation()
def triu(x: ArrayLike, k: int = 0) -> jax.Array:
    """Upper triangle: `x` with zeros below the `k`-th diagonal."""
    return jnp.triu(x, k)


@operation("indices")
def unravel_index(indices: ArrayLike, shape: Sequence[int]) -> tuple[jax.Array, ...]:
    """Flat indices converted to indices along each axis of `shape`."""
    return jnp.unravel_index(indices, tuple(shape))


@operation("x")
def meshgrid(*x: ArrayLike, indexing: str = "xy") -> list[jax.Array]:
    """Coordinate grids from the coordinates along each axis."""
    return list(jnp.meshgrid(*map(jnp.asarray, x), indexing=indexing))


@operation("inputs ?start_indices", "core", name="slice")
def slice_(inputs: ArrayLike, start_indices: Any, shape: Sequence[int]) -> jax.Array:
    """The block of `shape` starting at `start_indices`; size -1 extends to the end."""
    ends = zip(inputs.shape, start_indices, shape, strict=True)
    sizes = [whole - start if n == -1 else n for whole, start, n in ends]
    return jax.lax.dynamic_slice(inputs, as_indices(start_indices), sizes)


@operation("inputs ?start_indices updates", "core")
def slice_update(
    inputs: ArrayLike, start_indices: Any, updates: ArrayLike
) -> jax.Array:
    """`inputs` with the block starting at `start_indices` replaced."""
    places = tuple(as_indices(start_indices))
    return jax.lax.dynamic_update_slice(inputs, updates.astype(inputs.dtype), places)


@operation("indices values", "core")
def scatter(indices: ArrayLike, values: ArrayLike, shape: Sequence[int]) -> jax.Array:
    """Zeros of `shape` with `values` added at `indices` (n, axes)."""
    places = tuple(jnp.moveaxis(as_indices(indices), -1, 0))
    return jnp.zeros(shape, values.dtype).at[places].add(values)


_UPDATES = {None: "set", "add": "add", "max": "max", "min": "min", "mul": "multiply"}


@operation("inputs indices updates", "core")
def scatter_update(
    inputs: ArrayLike,
    indices: ArrayLike,
    updates: ArrayLike,
    reduction: str | None = None,
) -> jax.Array:
    """`inputs` with the values at `indices` replaced by or combined with `updates`.

    Args:
        inputs: any array.
        indices: (n, axes).
        updates: (n, ...).
        reduction: None to replace; "add", "max", "min" or "mul" to combine.

    Raises:
        ValueError: an unknown `reduction`.
    """
    if reduction not in _UPDATES:
        raise ValueError(
            f"ops.scatter_update(reduction={reduction!r}): reduction must be None, "
            "'add', 'max', 'min' or 'mul'. Write for example reduction='add'."
        )
    place = inputs.at[tuple(jnp.moveaxis(as_indices(indices), -1, 0))]
    return getattr(place, _UPDATES[reduction])(updates.astype(inputs.dtype))
