"""Functions of `tf` that create, slice, join and index arrays."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from nbkeras import ops
from nbkeras.core.gradients.recording import RecordedArray
from nbkeras.data.tf_data import elements


class _IsTensor(type):
    def __instancecheck__(cls, instance):
        return isinstance(instance, jax.Array | elements.EagerTensor | RecordedArray)


class Tensor(metaclass=_IsTensor):
    """For `isinstance(x, tf.Tensor)`: matches JAX arrays and dataset elements."""


class TensorArray:
    """A list of tensors that `write` fills and `stack` joins, as `tf.TensorArray`.

    Args:
        dtype: dtype of the tensors.
        size: number of places at the start.
        dynamic_size: accepted as in TensorFlow; it grows in any case.

    Others are accepted as in TensorFlow, without effect.

    >>> squares = TensorArray("float32", size=2)
    >>> for i in (0, 1):
    ...     squares = squares.write(i, i + 1.0)
    >>> squares.stack().tolist()
    [1.0, 2.0]
    """

    def __init__(
        self, dtype: Any, size: Any = 0, dynamic_size: Any = None, **ignored: Any
    ) -> None:
        self.dtype = dtype
        self._tensors: list[Any] = [None] * int(size)

    def write(self, index: Any, value: Any, name: Any = None) -> TensorArray:
        """Set a place; returns the array."""
        index = int(index)
        self._tensors += [None] * (index + 1 - len(self._tensors))
        self._tensors[index] = cast(value, self.dtype)
        return self

    def read(self, index: Any, name: Any = None) -> Any:
        """The tensor at a place.

        Raises:
            IndexError: nothing was written there.
        """
        tensor = self._tensors[int(index)]
        if tensor is None:
            raise IndexError(
                f"TensorArray.read({int(index)}): nothing was written there. Write "
                f"array = array.write({int(index)}, value) first."
            )
        return tensor

    def size(self, name: Any = None) -> Any:
        """The number of places."""
        return elements.as_tensor(np.int32(len(self._tensors)))

    def stack(self, name: Any = None) -> Any:
        """All tensors along a new first axis; places without one are zeros."""
        written = [tensor for tensor in self._tensors if tensor is not None]
        zeros = zeros_like(written[0]) if written else 0
        return stack([zeros if t is None else t for t in self._tensors])

    def concat(self, name: Any = None) -> Any:
        """All tensors along their first axis."""
        return concat([t for t in self._tensors if t is not None], 0)

    def unstack(self, value: Any, name: Any = None) -> TensorArray:
        """Fill the array with the slices of `value`."""
        self._tensors = list(unstack(value))
        return self


def _of_sizes(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, computed at once for whole numbers that are known while tracing.

    Sizes from `shape` so stay usable as sizes after `expand_dims` and `concat`.
    """

    @functools.wraps(function)
    def compute(*args: Any, **kwargs: Any) -> Any:
        leaves = jax.tree.leaves((args, kwargs))
        if not all(map(_is_known_whole_number, leaves)):
            return function(*args, **kwargs)
        with jax.ensure_compile_time_eval():
            return function(*args, **kwargs)

    return compute


def _is_known_whole_number(leaf):
    if isinstance(leaf, jax.core.Tracer) or isinstance(leaf, float | RecordedArray):
        return False
    return not hasattr(leaf, "dtype") or np.dtype(leaf.dtype).kind in "iub"


def _is_text(value):
    return isinstance(value, np.ndarray) and value.dtype.kind in "OUS"


@_of_sizes
def constant(value: Any, dtype: Any = None, shape: Any = None, name: Any = None) -> Any:
    """Convert to a tensor: integers to int32, floats to float32, strings to bytes."""
    values = value if isinstance(value, jax.Array) else elements.array(value)
    if _is_text(values):
        return elements.as_tensor(values)
    tensor = ops.convert_to_tensor(values, dtype=dtype)
    if shape is None:
        return tensor
    if not np.ndim(tensor):
        return fill(shape, tensor)
    return ops.reshape(tensor, tuple(shape))


def convert_to_tensor(
    value: Any, dtype: Any = None, dtype_hint: Any = None, name: Any = None
) -> Any:
    """As `constant`; a Variable is converted to its value."""
    if hasattr(value, "assign"):
        return ops.convert_to_tensor(value, dtype=dtype)
    leaves = jax.tree.leaves(value)
    if any(isinstance(leaf, jax.core.Tracer) for leaf in leaves):
        return ops.cast(ops.stack(value), dtype) if dtype else ops.stack(value)
    return constant(value, dtype)


def is_tensor(x: Any) -> bool:
    """Whether `x` is a tensor or a Variable."""
    return isinstance(x, Tensor) or hasattr(x, "assign")


def cast(x: Any, dtype: Any, name: Any = None) -> Any:
    """Convert `x` to another dtype; sizes from `shape` stay sizes while tracing."""
    if dtype in ("int32", "int64") and isinstance(x, np.ndarray | np.integer):
        if np.ndim(x) == 0 and np.issubdtype(x.dtype, np.integer):
            return elements.as_tensor(np.asarray(x, dtype))
    return ops.cast(_numeric(x), dtype)


def _numeric(x):
    return elements.array(x) if isinstance(x, list | tuple | int | float) else x


def shape(input: Any, out_type: Any = "int32", name: Any = None) -> Any:
    """The shape as an integer tensor; as a tuple for a symbolic input."""
    sizes = tuple(ops.shape(input))
    if not all(isinstance(size, int) for size in sizes):
        return sizes
    return elements.as_tensor(np.array(sizes, np.dtype(out_type)))


def size(input: Any, out_type: Any = "int32", name: Any = None) -> Any:
    """The number of values."""
    return elements.as_tensor(np.array(np.prod(np.shape(input)), np.dtype(out_type)))


def rank(input: Any, name: Any = None) -> Any:
    """The number of axes."""
    return elements.as_tensor(np.int32(len(ops.shape(input))))


def identity(input: Any, name: Any = None) -> Any:
    """Return `input` as a tensor."""
    return ops.convert_to_tensor(input)


def _sizes(sizes):
    """Convert a shape of numbers or tensors, or one tensor, to a tuple."""
    if np.ndim(sizes) == 0 and not isinstance(sizes, list | tuple):
        return (int(sizes),)
    if isinstance(sizes, jax.Array) and not isinstance(sizes, jax.core.Tracer):
        sizes = np.asarray(sizes)  # its elements would be traced
    return tuple(size if size is None else int(size) for size in sizes)


def reshape(tensor: Any, shape: Any, name: Any = None) -> Any:
    """Reshape a tensor."""
    return ops.reshape(_numeric(tensor), _sizes(shape))


def zeros(shape: Any, dtype: Any = "float32", name: Any = None) -> Any:
    """Create an array of zeros."""
    return ops.zeros(_sizes(shape), dtype)


def ones(shape: Any, dtype: Any = "float32", name: Any = None) -> Any:
    """Create an array of ones."""
    return ops.ones(_sizes(shape), dtype)


def fill(dims: Any, value: Any, name: Any = None) -> Any:
    """Create an array filled with `value`."""
    value = constant(value)
    return ops.broadcast_to(value, _sizes(dims))


def zeros_like(input: Any, dtype: Any = None, name: Any = None) -> Any:
    """Zeros in the shape of `input`."""
    return ops.zeros_like(_numeric(input), dtype)


def ones_like(input: Any, dtype: Any = None, name: Any = None) -> Any:
    """Ones in the shape of `input`."""
    return ops.ones_like(_numeric(input), dtype)


def eye(
    num_rows: int,
    num_columns: int | None = None,
    batch_shape: Any = None,
    dtype: Any = "float32",
    name: Any = None,
) -> Any:
    """The identity matrix."""
    matrix = ops.eye(int(num_rows), num_columns, dtype=dtype)
    if batch_shape is None:
        return matrix
    return ops.broadcast_to(matrix, (*_sizes(batch_shape), *matrix.shape))


def range(
    start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: Any = None
) -> Any:
    """Numbers from `start` up to but excluding `limit`; from 0 if `limit` is None."""
    start, limit = (0, start) if limit is None else (start, limit)
    bounds = [
        bound.item() if hasattr(bound, "item") else bound
        for bound in (start, limit, delta)
    ]
    if dtype is None:
        is_integer = all(isinstance(bound, int) for bound in bounds)
        dtype = "int32" if is_integer else "float32"
    return ops.arange(*bounds, dtype=dtype)


def linspace(start: Any, stop: Any, num: int, name: Any = None, axis: int = 0) -> Any:
    """`num` evenly spaced numbers from `start` to `stop`, both included."""
    return ops.linspace(start, stop, int(num), axis=axis)


def one_hot(
    indices: Any,
    depth: int,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: Any = None,
    name: Any = None,
) -> Any:
    """One-hot encode indices along a new axis."""
    hot = ops.one_hot(
        _numeric(indices),
        int(depth),
        axis=-1 if axis is None else axis,
        dtype=dtype or "float32",
    )
    if on_value is None and off_value is None:
        return hot
    on, off = 1 if on_value is None else on_value, off_value or 0
    return hot * (on - off) + off


@_of_sizes
def expand_dims(input: Any, axis: int, name: Any = None) -> Any:
    """Insert an axis of size 1."""
    if _is_text(input):
        return elements.as_tensor(np.expand_dims(input, int(axis)))
    return ops.expand_dims(_numeric(input), int(axis))


def squeeze(input: Any, axis: Any = None, name: Any = None) -> Any:
    """Remove axes of size 1."""
    axis = tuple(axis) if isinstance(axis, list | tuple) else axis
    return ops.squeeze(input, axis)


def transpose(
    a: Any, perm: Any = None, conjugate: bool = False, name: Any = None
) -> Any:
    """Permute the axes; reverse them without `perm`."""
    transposed = ops.transpose(_numeric(a), None if perm is None else _sizes(perm))
    return ops.conj(transposed) if conjugate else transposed


@_of_sizes
def concat(values: Sequence[Any], axis: int, name: Any = None) -> Any:
    """Concatenate arrays along an axis."""
    values = list(values) if isinstance(values, list | tuple) else [values]
    if _is_text(values[0]):
        return elements.as_tensor(np.concatenate(values, int(axis)))
    return ops.concatenate([_numeric(value) for value in values], int(axis))


@_of_sizes
def stack(values: Any, axis: int = 0, name: Any = None) -> Any:
    """Stack arrays along a new axis."""
    return ops.stack([_numeric(value) for value in values], int(axis))


def unstack(value: Any, num: int | None = None, axis: int = 0, name: Any = None) -> Any:
    """Split along an axis and remove that axis."""
    return ops.unstack(value, num, axis)


def split(
    value: Any,
    num_or_size_splits: Any,
    axis: int = 0,
    num: Any = None,
    name: Any = None,
) -> list[Any]:
    """Split into equal parts, or parts of given sizes; -1 stands for the rest."""
    axis = int(axis)
    if np.ndim(num_or_size_splits) == 0:
        return list(ops.split(value, int(num_or_size_splits), axis))
    sizes = [int(size) for size in num_or_size_splits]
    if -1 in sizes:
        rest = value.shape[axis] - sum(size for size in sizes if size >= 0)
        sizes = [rest if size == -1 else size for size in sizes]
    return list(ops.split(value, list(itertools.accumulate(sizes))[:-1], axis))


def tile(input: Any, multiples: Any, name: Any = None) -> Any:
    """Repeat the whole array along each axis."""
    return ops.tile(_numeric(input), _sizes(multiples))


def repeat(input: Any, repeats: Any, axis: int | None = None, name: Any = None) -> Any:
    """Repeat each value `repeats` times."""
    counts = repeats if np.ndim(repeats) == 0 else np.asarray(repeats)
    return ops.repeat(_numeric(input), counts, axis)


def pad(
    tensor: Any,
    paddings: Any,
    mode: str = "CONSTANT",
    constant_values: Any = 0,
    name: Any = None,
) -> Any:
    """Pad each axis at its start and end."""
    mode = mode.lower()
    widths = [tuple(int(width) for width in pair) for pair in np.asarray(paddings)]
    values = constant_values if mode == "constant" else None
    return ops.pad(_numeric(tensor), widths, mode, values)


def slice(input_: Any, begin: Any, size: Any, name: Any = None) -> Any:
    """Slice `size` values along each axis from `begin`; -1 takes all the rest."""
    slices = tuple(
        np.s_[start : None if count == -1 else start + count]
        for start, count in zip(_sizes(begin), _sizes(size), strict=True)
    )
    return ops.get_item(input_, slices)


def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    axis: int | None = None,
    batch_dims: int = 0,
    name: Any = None,
) -> Any:
    """Gather the slices of `params` at `indices` along an axis.

    Raises:
        ValueError: more than one batch axis.
    """
    indices = _numeric(indices)
    if not batch_dims:
        if _is_text(params):
            return elements.as_tensor(np.take(params, np.asarray(indices), axis or 0))
        return ops.take(_numeric(params), indices, axis or 0)
    if batch_dims != 1 or axis not in (None, 1):
        raise ValueError(
            f"tf.gather(axis={axis}, batch_dims={batch_dims}): one batch axis is "
            "possible, batch_dims=1 with axis=1. Write jax.vmap(jnp.take) over the "
            "others."
        )
    params = ops.convert_to_tensor(params)
    rows, length = params.shape[:2]
    starts = np.arange(rows).reshape(-1, *[1] * (np.ndim(indices) - 1)) * length
    flat = ops.reshape(params, (rows * length, *params.shape[2:]))
    return ops.take(flat, indices + starts, 0)


def gather_nd(params: Any, indices: Any, batch_dims: int = 0, name: Any = None) -> Any:
    """Gather slices of `params`; each row of the last axis of `indices` is an index."""
    if batch_dims:
        raise ValueError(
            "tf.gather_nd(batch_dims=...): batch axes are not possible here. Write "
            "jax.vmap(lambda p, i: p[tuple(i.T)])(params, indices)."
        )
    params, indices = ops.convert_to_tensor(params), ops.convert_to_tensor(indices)
    depth = indices.shape[-1]
    sizes = params.shape[:depth]
    strides = np.cumprod([1, *sizes[:0:-1]])[::-1].astype(np.int32)
    flat = ops.reshape(params, (-1, *params.shape[depth:]))
    return ops.take(flat, ops.sum(indices * strides, axis=-1), 0)


def scatter_nd(indices: Any, updates: Any, shape: Any, name: Any = None) -> Any:
    """Add `updates` at `indices` to zeros of shape `shape`."""
    return ops.scatter(_numeric(indices), _numeric(updates), _sizes(shape))


def tensor_scatter_nd_update(
    tensor: Any, indices: Any, updates: Any, name: Any = None
) -> Any:
    """A copy of `tensor` with the values at `indices` set to `updates`."""
    return ops.scatter_update(tensor, _numeric(indices), _numeric(updates))


def tensor_scatter_nd_add(
    tensor: Any, indices: Any, updates: Any, name: Any = None
) -> Any:
    """A copy of `tensor` with `updates` added at `indices`."""
    return ops.scatter_update(tensor, _numeric(indices), _numeric(updates), "add")


def boolean_mask(
    tensor: Any, mask: Any, axis: int | None = None, name: Any = None
) -> Any:
    """Select the values where `mask` is true; the result size depends on the mask."""
    axis, mask = axis or 0, np.asarray(mask, bool)
    tensor = ops.convert_to_tensor(tensor)
    before, after = tensor.shape[:axis], tensor.shape[axis + mask.ndim :]
    flat = ops.reshape(tensor, (*before, mask.size, *after))
    return ops.take(flat, np.flatnonzero(mask), axis)


def where(condition: Any, x: Any = None, y: Any = None, name: Any = None) -> Any:
    """`x` where the condition is true, else `y`; its true indices without both."""
    if x is None and y is None:
        return elements.as_tensor(np.argwhere(np.asarray(condition)))
    return ops.where(condition, _numeric(x), _numeric(y))


def reverse(tensor: Any, axis: Any, name: Any = None) -> Any:
    """Reverse the order along axes."""
    return ops.flip(tensor, _sizes(axis))


def roll(input: Any, shift: Any, axis: Any, name: Any = None) -> Any:
    """Shift along an axis; values that leave one end re-enter at the other."""
    return ops.roll(input, shift, axis)


def sort(
    values: Any, axis: int = -1, direction: str = "ASCENDING", name: Any = None
) -> Any:
    """Sort along an axis."""
    ascending = ops.sort(_numeric(values), axis)
    return ascending if direction == "ASCENDING" else ops.flip(ascending, axis)


def argsort(
    values: Any,
    axis: int = -1,
    direction: str = "ASCENDING",
    stable: bool = False,
    name: Any = None,
) -> Any:
    """The indices that sort the values along an axis."""
    values = ops.convert_to_tensor(_numeric(values))
    return ops.argsort(values if direction == "ASCENDING" else -values, axis)


def unique(x: Any, out_idx: Any = "int32", name: Any = None) -> tuple[Any, Any]:
    """(unique values in order of first occurrence, index into them per element)."""
    values, first, inverse = np.unique(
        np.asarray(x), return_index=True, return_inverse=True
    )
    order = np.argsort(first)
    numbers = np.argsort(order).astype(out_idx)[inverse]
    return elements.as_tensor(values[order]), elements.as_tensor(numbers)


def meshgrid(*args: Any, indexing: str = "xy", name: Any = None) -> Any:
    """Coordinate grids from coordinate vectors."""
    return ops.meshgrid(*map(_numeric, args), indexing=indexing)


def broadcast_to(input: Any, shape: Any, name: Any = None) -> Any:
    """Broadcast to a shape."""
    return ops.broadcast_to(_numeric(input), _sizes(shape))


def sequence_mask(
    lengths: Any, maxlen: Any = None, dtype: Any = "bool", name: Any = None
) -> Any:
    """A mask that is true at the first `lengths` positions of a new last axis."""
    lengths = ops.convert_to_tensor(_numeric(lengths))
    maxlen = int(np.max(np.asarray(lengths))) if maxlen is None else int(maxlen)
    return ops.cast(ops.arange(maxlen) < ops.expand_dims(lengths, -1), dtype)


def ensure_shape(x: Any, shape: Any, name: Any = None) -> Any:
    """Check the shape of `x` and return `x`.

    Raises:
        ValueError: `x` has another shape.
    """
    elements.TensorSpec(shape, x.dtype).fit(
        np.empty(np.shape(x), x.dtype), "tf.ensure_shape"
    )
    return x


def map_fn(fn: Callable[..., Any], elems: Any, *args: Any, **kwargs: Any) -> Any:
    """Apply `fn` to each row and stack the results."""
    return ops.map(fn, elems)


def numpy_function(
    func: Callable[..., Any], inp: Sequence[Any], Tout: Any, **more: Any
) -> Any:
    """Call `func` with NumPy arrays; the results become tensors of dtype `Tout`."""
    results = func(*[np.asarray(array)[()] for array in inp])
    return _typed(results, Tout)


def py_function(
    func: Callable[..., Any], inp: Sequence[Any], Tout: Any, **more: Any
) -> Any:
    """Call `func` with tensors; the results become tensors of dtype `Tout`."""
    results = func(*[elements.as_tensor(np.asarray(array)) for array in inp])
    return _typed(results, Tout)


def _typed(results, dtypes):
    if not isinstance(dtypes, list | tuple):
        return elements.as_tensor(
            elements.TensorSpec(None, dtypes).fit(results, "Tout")
        )
    results = results if isinstance(results, list | tuple) else (results,)
    return tuple(_typed(*pair) for pair in zip(results, dtypes, strict=True))
