"""Mathematical functions of `tf` and `tf.math`."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from nbkeras import ops
from nbkeras.compat.tensorflow import arrays
from nbkeras.core.names import tensorflow_names as absent
from nbkeras.data.tf_data import elements

# {name in tf.math: name in nbkeras.ops} of functions with the same arguments.
SAME_ARGUMENTS = {
    "abs": "absolute", "acos": "arccos", "acosh": "arccosh", "add": "add",
    "asin": "arcsin", "asinh": "arcsinh", "atan": "arctan", "atan2": "arctan2",
    "atanh": "arctanh", "ceil": "ceil", "conj": "conj", "cos": "cos", "cosh": "cosh",
    "divide": "divide", "divide_no_nan": "divide_no_nan", "equal": "equal",
    "erf": "erf", "erfinv": "erfinv", "exp": "exp", "expm1": "expm1",
    "floor": "floor", "floordiv": "floor_divide", "floormod": "mod",
    "greater": "greater", "greater_equal": "greater_equal", "imag": "imag",
    "is_finite": "isfinite", "is_inf": "isinf", "is_nan": "isnan", "less": "less",
    "less_equal": "less_equal", "log": "log", "log1p": "log1p",
    "log_sigmoid": "log_sigmoid", "logical_and": "logical_and",
    "logical_not": "logical_not", "logical_or": "logical_or",
    "logical_xor": "logical_xor", "maximum": "maximum", "minimum": "minimum",
    "mod": "mod", "multiply": "multiply", "negative": "negative",
    "not_equal": "not_equal", "pow": "power", "real": "real",
    "reciprocal": "reciprocal", "round": "round", "rsqrt": "rsqrt",
    "sigmoid": "sigmoid", "sign": "sign", "sin": "sin", "sinh": "sinh",
    "softplus": "softplus", "sqrt": "sqrt", "square": "square",
    "subtract": "subtract", "tan": "tan", "tanh": "tanh", "truediv": "true_divide",
}  # fmt: skip
REDUCTIONS = {
    "reduce_all": "all", "reduce_any": "any", "reduce_logsumexp": "logsumexp",
    "reduce_max": "max", "reduce_mean": "mean", "reduce_min": "min",
    "reduce_prod": "prod", "reduce_std": "std", "reduce_sum": "sum",
    "reduce_variance": "var",
}  # fmt: skip


def _renamed(name, target):
    function = getattr(ops, target)

    def call(*args: Any, name: Any = None, **kwargs: Any) -> Any:
        return function(*map(_value, args), **{k: _value(v) for k, v in kwargs.items()})

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`nbkeras.ops.{target}`."
    return call


def _reduction(name, target):
    function = getattr(ops, target)

    def call(
        input_tensor: Any, axis: Any = None, keepdims: bool = False, name: Any = None
    ) -> Any:
        axis = tuple(map(int, axis)) if np.ndim(axis) else axis
        reduced = function(_value(input_tensor), axis=axis, keepdims=keepdims)
        # The mean of integers is an integer in TensorFlow.
        dtype = np.dtype(_dtype(input_tensor))
        floors = target == "mean" and dtype.kind in "iu"
        return ops.cast(ops.floor(reduced), dtype) if floors else reduced

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`nbkeras.ops.{target}` over axes; over all axes by default."
    return call


def _value(x):
    """Convert lists to arrays with the default dtypes of TensorFlow."""
    return elements.array(x) if isinstance(x, list | tuple) else x


def _dtype(x):
    return x.dtype if hasattr(x, "dtype") else elements.array(x).dtype


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: _renamed(name, target) for name, target in SAME_ARGUMENTS.items()},
    **{name: _reduction(name, target) for name, target in REDUCTIONS.items()},
}


def __getattr__(name):
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    raise AttributeError(absent.message(f"math.{name}"))


def argmax(
    input: Any, axis: int | None = None, output_type: Any = "int64", name: Any = None
) -> Any:
    """Index of the maximum along an axis, the first one by default."""
    return ops.cast(ops.argmax(_value(input), axis or 0), _index(output_type))


def argmin(
    input: Any, axis: int | None = None, output_type: Any = "int64", name: Any = None
) -> Any:
    """Index of the minimum along an axis, the first one by default."""
    return ops.cast(ops.argmin(_value(input), axis or 0), _index(output_type))


def _index(dtype):
    return "int32" if np.dtype(dtype).itemsize == 8 else dtype  # JAX has 32 bits


def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    **ignored: Any,
) -> Any:
    """Matrix product over the last two axes."""
    a = _transposed(_value(a), transpose_a, adjoint_a)
    return ops.matmul(a, _transposed(_value(b), transpose_b, adjoint_b))


def _transposed(matrix, transpose, adjoint):
    if transpose or adjoint:
        matrix = ops.swapaxes(matrix, -1, -2)
    return ops.conj(matrix) if adjoint else matrix


def tensordot(a: Any, b: Any, axes: Any, name: Any = None) -> Any:
    """Tensor contraction over axes."""
    return ops.tensordot(_value(a), _value(b), axes)


def einsum(equation: str, *inputs: Any, **ignored: Any) -> Any:
    """Einstein summation."""
    return ops.einsum(equation, *inputs)


def cumsum(
    x: Any,
    axis: int = 0,
    exclusive: bool = False,
    reverse: bool = False,
    name: Any = None,
) -> Any:
    """Cumulative sum along an axis."""
    return _cumulative(ops.cumsum, 0, x, axis, exclusive, reverse)


def cumprod(
    x: Any,
    axis: int = 0,
    exclusive: bool = False,
    reverse: bool = False,
    name: Any = None,
) -> Any:
    """Cumulative product along an axis."""
    return _cumulative(ops.cumprod, 1, x, axis, exclusive, reverse)


def _cumulative(function, identity, x, axis, exclusive, reverse):
    x = ops.convert_to_tensor(_value(x))
    x = ops.flip(x, axis) if reverse else x
    if exclusive:
        moved = ops.moveaxis(x, axis, 0)
        start = ops.full_like(moved[:1], identity)
        x = ops.moveaxis(ops.concatenate([start, moved[:-1]], 0), 0, axis)
    total = function(x, axis)
    return ops.flip(total, axis) if reverse else total


def add_n(inputs: Sequence[Any], name: Any = None) -> Any:
    """The sum of several arrays."""
    total = inputs[0]
    for part in inputs[1:]:
        total = ops.add(total, part)
    return total


def squared_difference(x: Any, y: Any, name: Any = None) -> Any:
    """`(x - y) ** 2`, elementwise."""
    return ops.square(ops.subtract(_value(x), _value(y)))


def reduce_euclidean_norm(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: Any = None
) -> Any:
    """Euclidean norm: the square root of the sum of squares."""
    return ops.sqrt(ops.sum(ops.square(_value(input_tensor)), axis, keepdims))


def norm(
    tensor: Any,
    ord: Any = "euclidean",
    axis: Any = None,
    keepdims: Any = None,
    name: Any = None,
) -> Any:
    """Norm of vectors or matrices, Euclidean by default."""
    tensor, keepdims = _value(tensor), bool(keepdims)
    if ord in ("euclidean", 2) and (axis is None or np.ndim(axis) == 0 or ord != 2):
        return reduce_euclidean_norm(tensor, axis, keepdims)
    if axis is None:
        tensor, axis = ops.reshape(tensor, (-1,)), 0
    return ops.norm(tensor, ord, axis, keepdims)


def l2_normalize(
    x: Any, axis: Any = None, epsilon: float = 1e-12, name: Any = None
) -> Any:
    """`x` divided by its Euclidean norm."""
    squares = ops.sum(ops.square(_value(x)), axis, keepdims=True)
    return ops.multiply(x, ops.rsqrt(ops.maximum(squares, epsilon)))


def clip_by_value(
    t: Any, clip_value_min: Any, clip_value_max: Any, name: Any = None
) -> Any:
    """Clip values to the range between two bounds."""
    return ops.clip(_value(t), clip_value_min, clip_value_max)


def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: Any = None) -> Any:
    """Scale `t` down so that its norm is at most `clip_norm`."""
    norm = reduce_euclidean_norm(t, axes, keepdims=True)
    return ops.multiply(t, ops.divide(clip_norm, ops.maximum(norm, clip_norm)))


def global_norm(t_list: Sequence[Any], name: Any = None) -> Any:
    """Norm of all arrays taken as one vector."""
    squares = [ops.sum(ops.square(t)) for t in t_list if t is not None]
    return ops.sqrt(add_n(squares))


def clip_by_global_norm(
    t_list: Sequence[Any], clip_norm: Any, use_norm: Any = None, name: Any = None
) -> tuple[list[Any], Any]:
    """(arrays scaled to a joint norm of at most `clip_norm`, their norm before)."""
    norm = global_norm(t_list) if use_norm is None else use_norm
    factor = ops.divide(clip_norm, ops.maximum(norm, clip_norm))
    return [None if t is None else ops.multiply(t, factor) for t in t_list], norm


class TopK(NamedTuple):
    """The largest values along the last axis, and their indices.

    Args:
        values: the values, largest first.
        indices: their indices.
    """

    values: Any
    indices: Any


def top_k(input: Any, k: int = 1, sorted: bool = True, name: Any = None) -> TopK:
    """The `k` largest values along the last axis, and their indices."""
    return TopK(*ops.top_k(_value(input), int(k), sorted))


def in_top_k(targets: Any, predictions: Any, k: int, name: Any = None) -> Any:
    """Whether each target is among its `k` largest predictions."""
    return ops.in_top_k(targets, predictions, int(k))


def bincount(
    arr: Any, weights: Any = None, minlength: Any = None, **ignored: Any
) -> Any:
    """Count the occurrences of each integer."""
    return ops.bincount(_value(arr), weights, minlength or 0)


def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: int | None = None,
    weights: Any = None,
    dtype: Any = "int32",
    name: Any = None,
) -> Any:
    """Confusion matrix: true classes in rows, predicted classes in columns."""
    labels, predictions = (
        np.asarray(array).reshape(-1) for array in (labels, predictions)
    )
    num_classes = num_classes or int(max(labels.max(), predictions.max())) + 1
    counts = np.zeros((num_classes, num_classes), dtype)
    np.add.at(
        counts,
        (labels.astype(int), predictions.astype(int)),
        1 if weights is None else np.asarray(weights),
    )
    return elements.as_tensor(counts)


def zero_fraction(value: Any, name: Any = None) -> Any:
    """The fraction of zeros."""
    return ops.mean(ops.cast(ops.equal(value, 0), "float32"))


def segment_sum(data: Any, segment_ids: Any, name: Any = None) -> Any:
    """Sum the rows of each segment; `segment_ids` are sorted."""
    ids = np.asarray(segment_ids)
    return ops.segment_sum(_value(data), ids, int(ids.max()) + 1)


def unsorted_segment_sum(
    data: Any, segment_ids: Any, num_segments: int, name: Any = None
) -> Any:
    """Sum the rows of each segment; `segment_ids` may be in any order."""
    return ops.segment_sum(_value(data), segment_ids, int(num_segments))


count_nonzero = _renamed("count_nonzero", "count_nonzero")
cast = arrays.cast
