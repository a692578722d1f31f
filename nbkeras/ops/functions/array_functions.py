"""Functions of arrays that NumPy has under the same name: arithmetic, sums, sorting.

Functions with the same signature are declared together from a table; those that differ
from `jax.numpy` are written out below.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from nbkeras.core import sparse_arrays
from nbkeras.ops.functions.operation_table import default_float, floating, operation

Axis = int | Sequence[int] | None


def _of_one(run: Callable[..., Any]) -> Callable[..., Any]:
    def call(x):
        return run(x)

    return call


def _of_two(run: Callable[..., Any]) -> Callable[..., Any]:
    def call(x1, x2):
        return run(x1, x2)

    return call


def _of_bits(run: Callable[..., Any]) -> Callable[..., Any]:
    def call(x, y):
        return run(x, y)

    return call


def _over_axis(run: Callable[..., Any]) -> Callable[..., Any]:
    def call(x, axis=None, keepdims=False):
        return run(x, axis=axis, keepdims=keepdims)

    return call


def _from_initial(run: Callable[..., Any]) -> Callable[..., Any]:
    def call(x, axis=None, keepdims=False, initial=None):
        return run(x, axis=axis, keepdims=keepdims, initial=initial)

    return call


def _along_axis(run: Callable[..., Any]) -> Callable[..., Any]:
    def call(x, axis=None, dtype=None):
        return run(x, axis=axis, dtype=dtype)

    return call


def _of_quantile(run: Callable[..., Any]) -> Callable[..., Any]:
    def call(x, q, axis=None, method="linear", keepdims=False):
        return run(floating(x), q, axis=axis, method=method, keepdims=keepdims)

    return call


# (template, array arguments, rows, names); see `Function` for the meaning of `rows`.
_SAME_AS_JAX = [
    (
        _of_one,
        "x",
        "each",
        "abs absolute angle arccos arccosh arcsin arcsinh arctan arctanh "
        "bitwise_invert bitwise_not cbrt conj conjugate cos cosh deg2rad exp "
        "exp2 expm1 fabs imag i0 isfinite isinf isnan isneginf isposinf isreal "
        "log log10 log1p log2 logical_not negative rad2deg real reciprocal sign "
        "signbit sin sinc sinh sqrt square tan tanh",
    ),
    (_of_one, "x", None, "copy corrcoef ravel"),
    (_of_one, "x", "each", "fliplr"),
    (_of_one, "x", None, "flipud"),
    (
        _of_two,
        "x1 x2",
        "each",
        "add arctan2 divide equal floor_divide fmax fmin fmod gcd greater "
        "greater_equal heaviside hypot lcm less less_equal logaddexp logaddexp2 "
        "logical_and logical_or logical_xor maximum minimum mod multiply nextafter "
        "not_equal power subtract true_divide",
    ),
    (
        _of_bits,
        "x y",
        "each",
        "bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor "
        "left_shift right_shift",
    ),
    (_of_two, "x1 x2", None, "dot inner kron outer vdot"),
    (
        _over_axis,
        "x",
        "axis",
        "all amax amin any argmax argmin mean median nanargmax nanargmin nanmax "
        "nanmean nanmedian nanmin nanprod nanstd nansum nanvar ptp std sum var",
    ),
    (_from_initial, "x", "axis", "max min"),
    (_along_axis, "x", "axis", "cumprod cumsum nancumprod nancumsum"),
    (_of_quantile, "x q", None, "nanpercentile nanquantile percentile quantile"),
]
_OTHER_NAME = {
    "bitwise_left_shift": "left_shift",
    "bitwise_not": "invert",
    "bitwise_right_shift": "right_shift",
}


def _declare() -> None:
    for template, arrays, rows, names in _SAME_AS_JAX:
        for name in names.split():
            run = template(getattr(jnp, _OTHER_NAME.get(name, name)))
            run.__doc__ = f"As numpy.{name}, on arrays or symbolic tensors."
            operation(arrays, rows=rows, name=name)(run)


_declare()


@operation(rows="each")
def ceil(x: ArrayLike) -> jax.Array:
    """The smallest integer not less than `x`, as a float."""
    return jnp.ceil(floating(x))


@operation(rows="each")
def floor(x: ArrayLike) -> jax.Array:
    """The largest integer not greater than `x`, as a float."""
    return jnp.floor(floating(x))


@operation(rows="each")
def trunc(x: ArrayLike) -> jax.Array:
    """The integer part of `x`; integers stay unchanged."""
    return x if not jnp.issubdtype(x.dtype, jnp.inexact) else jnp.trunc(x)


@operation(rows="each", name="round")
def round_(x: ArrayLike, decimals: int = 0) -> jax.Array:
    """`x` rounded to `decimals` decimal places."""
    if decimals >= 0 or not jnp.issubdtype(x.dtype, jnp.integer):
        return jnp.round(x, decimals)
    ten = 10.0**-decimals
    return (jnp.round(x.astype(default_float()) / ten) * ten).astype(x.dtype)


@operation(rows="each")
def clip(x: ArrayLike, x_min: ArrayLike, x_max: ArrayLike) -> jax.Array:
    """`x` clipped to `x_min` and `x_max`; booleans become int32."""
    return jnp.clip(x.astype("int32") if x.dtype == bool else x, x_min, x_max)


@operation("x1 x2", rows="each")
def divide_no_nan(x1: ArrayLike, x2: ArrayLike) -> jax.Array:
    """`x1 / x2`, or 0 where `x2` is 0; the gradient is finite there too."""
    return jnp.where(x2 == 0, 0, jnp.divide(x1, jnp.where(x2 == 0, 1, x2)))


@operation("x1 x2", rows="each")
def ldexp(x1: ArrayLike, x2: ArrayLike) -> jax.Array:
    """`x1 * 2**x2`.

    Raises:
        TypeError: `x2` does not have an integer dtype.
    """
    if not jnp.issubdtype(x2.dtype, jnp.integer):
        raise TypeError(
            f"ops.ldexp: the exponents x2 are {x2.dtype} and must be integers. Write "
            "for example ops.ldexp(x, ops.cast(n, 'int32')), or x * 2**n."
        )
    return jnp.ldexp(x1, x2)


@operation("x1 x2 ?rtol ?atol", rows="each", class_name="Isclose")
def isclose(
    x1: ArrayLike,
    x2: ArrayLike,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    equal_nan: bool = False,
) -> jax.Array:
    """Whether `|x1 - x2| <= atol + rtol * |x2|`, value by value."""
    return jnp.isclose(x1, x2, rtol, atol, equal_nan)


@operation("x1 x2", class_name="AllClose")
def allclose(
    x1: ArrayLike,
    x2: ArrayLike,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    equal_nan: bool = False,
) -> jax.Array:
    """Whether `isclose` holds everywhere, a single truth value."""
    return jnp.allclose(x1, x2, rtol, atol, equal_nan)


@operation(rows="each")
def nan_to_num(
    x: ArrayLike,
    nan: float = 0.0,
    posinf: float | None = None,
    neginf: float | None = None,
) -> jax.Array:
    """`x` with NaN and infinities replaced by finite numbers."""
    return jnp.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


@operation("condition x1 x2", rows="each")
def where(
    condition: ArrayLike, x1: ArrayLike | None = None, x2: ArrayLike | None = None
) -> Any:
    """`x1` where `condition` is true, else `x2`; with neither, the indices where true.

    Raises:
        ValueError: only one of `x1` and `x2` is given.
    """
    if (x1 is None) != (x2 is None):
        raise ValueError(
            "ops.where got one of x1 and x2 alone. Write ops.where(condition, x1, x2), "
            "or ops.where(condition) for the places where it holds."
        )
    return jnp.where(condition, x1, x2)


@operation("*condlist *choicelist default")
def select(
    condlist: Sequence[ArrayLike],
    choicelist: Sequence[ArrayLike],
    default: ArrayLike = 0,
) -> jax.Array:
    """Elementwise, the choice whose condition is the first true one, else `default`."""
    return jnp.select(condlist, choicelist, default)


@operation(rows="axis")
def prod(
    x: ArrayLike, axis: Axis = None, keepdims: bool = False, dtype: Any = None
) -> jax.Array:
    """The product over `axis`, or over all axes if None."""
    return jnp.prod(x, axis=axis, keepdims=keepdims, dtype=dtype)


@operation(rows="axis")
def count_nonzero(x: ArrayLike, axis: Axis = None) -> jax.Array:
    """The number of nonzero values over `axis`, int32."""
    return jnp.count_nonzero(x, axis=axis).astype("int32")


@operation("x weights")
def average(
    x: ArrayLike, axis: Axis = None, weights: ArrayLike | None = None
) -> jax.Array:
    """The mean over `axis`, weighted if `weights` is given."""
    if weights is not None:
        weights = jnp.asarray(weights)
        if not jnp.issubdtype(x.dtype, jnp.inexact):
            x = x.astype(floating(weights).dtype)
    return jnp.average(floating(x), axis, weights)


@operation("y")
def trapezoid(
    y: ArrayLike, x: ArrayLike | None = None, dx: ArrayLike = 1.0, axis: int = -1
) -> jax.Array:
    """Integrate `y` by the trapezoidal rule, sampled at `x` or `dx` apart."""
    return jnp.trapezoid(y, None if x is None else jnp.asarray(x), dx, axis)


@operation("a", rows="axis")
def diff(a: ArrayLike, n: int = 1, axis: int = -1) -> jax.Array:
    """The `n`-th discrete difference along `axis`."""
    return jnp.diff(a, n, axis)


@operation(rows="axis")
def sort(x: ArrayLike, axis: int | None = -1) -> jax.Array:
    """`x` in ascending order along `axis`; flattened first if None."""
    return jnp.sort(x, axis=axis)


@operation(rows="axis")
def argsort(x: ArrayLike, axis: int | None = -1) -> jax.Array:
    """The indices that sort `x` along `axis`; the sort is stable."""
    return jnp.argsort(x, axis=None if x.ndim == 0 else axis)


@operation(rows="axis")
def argpartition(x: ArrayLike, kth: int, axis: int | None = -1) -> jax.Array:
    """The indices that partition `x` around the `kth` smallest value."""
    x = x.ravel() if axis is None else x
    return jnp.argpartition(x, kth, 0 if axis is None else axis)


@operation("sorted_sequence values", class_name="SearchSorted")
def searchsorted(
    sorted_sequence: ArrayLike,
    values: ArrayLike,
    side: Literal["left", "right"] = "left",
) -> jax.Array:
    """The insertion index of each value in an ascending sequence.

    Raises:
        ValueError: `sorted_sequence` has more than one axis.
    """
    if sorted_sequence.ndim != 1:
        raise ValueError(
            "ops.searchsorted: the sorted sequence must have one axis, and has shape "
            f"{sorted_sequence.shape}. For several sequences write "
            "ops.vectorized_map(lambda pair: ops.searchsorted(*pair), (sequences, "
            "values))."
        )
    return jnp.searchsorted(sorted_sequence, values, side=side)


@operation("x bins", rows="each")
def digitize(x: ArrayLike, bins: ArrayLike) -> jax.Array:
    """The index of the bin that each value falls into; `bins` are the edges."""
    return jnp.digitize(x, bins)


@operation("x", module="numpy")
def histogram(
    x: ArrayLike, bins: int = 10, range: tuple[float, float] | None = None
) -> tuple[jax.Array, jax.Array]:
    """(counts, edges) of values in bins of equal width."""
    return jnp.histogram(x, bins, range)


@operation("x1 x2", class_name="IsIn")
def isin(
    x1: ArrayLike, x2: ArrayLike, assume_unique: bool = False, invert: bool = False
) -> jax.Array:
    """Whether each value of `x1` is among those of `x2`."""
    return jnp.isin(x1, x2, assume_unique=assume_unique, invert=invert)


@operation("x1 x2")
def matmul(x1: ArrayLike, x2: ArrayLike) -> jax.Array:
    """The matrix product; int8 inputs accumulate in int32."""
    return jnp.matmul(x1, x2, preferred_element_type=_wide([x1, x2]))


@operation("operands")
def einsum(subscripts: str, *operands: ArrayLike, **kwargs: Any) -> jax.Array:
    """Einstein summation, such as "ij,jk->ik"."""
    arrays = [jnp.asarray(operand) for operand in operands]
    return jnp.einsum(
        subscripts, *arrays, preferred_element_type=_wide(arrays), **kwargs
    )


def _wide(arrays: Sequence[jax.Array]) -> Any:
    return jnp.int32 if {str(x.dtype) for x in arrays} == {"int8"} else None


@operation("x1 x2")
def tensordot(x1: ArrayLike, x2: ArrayLike, axes: Any = 2) -> jax.Array:
    """Products summed over the last `axes` of x1 and first of x2, or over two lists."""
    if isinstance(axes, list):
        axes = tuple(tuple(a) if isinstance(a, list) else a for a in axes)
    return jnp.tensordot(x1, x2, axes)


@operation("x1 x2")
def cross(
    x1: ArrayLike,
    x2: ArrayLike,
    axisa: int = -1,
    axisb: int = -1,
    axisc: int = -1,
    axis: int | None = None,
) -> jax.Array:
    """The cross product of vectors with 2 or 3 components."""
    return jnp.cross(x1, x2, axisa, axisb, axisc, axis)


@operation("x1 x2")
def correlate(
    x1: ArrayLike, x2: ArrayLike, mode: Literal["valid", "same", "full"] = "valid"
) -> jax.Array:
    """The cross-correlation of two sequences."""
    return jnp.correlate(x1, x2, mode)


def _open_counts(x, weights=None, minlength=0, sparse=False):
    dtype = "int32" if weights is None else jnp.result_type(weights)
    return (*x.shape[:-1], None), dtype


@operation(symbolic=_open_counts)
def bincount(
    x: ArrayLike,
    weights: ArrayLike | None = None,
    minlength: int = 0,
    sparse: bool = False,
) -> jax.Array:
    """The counts of 0, 1, 2, ... in `x`, (n,) or for each row of (rows, n).

    Args:
        x: non-negative integers.
        weights: the weight of each value; 1 if None.
        minlength: minimum length of the result.
        sparse: whether the result for arrays is sparse (BCOO), as in Keras.
    """
    # The length depends on the values: all rows take the length of the longest.
    length = max(int(x.max()) + 1 if x.size else 0, minlength)
    count = lambda row, w=None: jnp.bincount(row, w, length=length)  # noqa: E731
    weights = None if weights is None else jnp.asarray(weights)
    of_rows = count if x.ndim < 2 else jax.vmap(count)
    counts = of_rows(x) if weights is None else of_rows(x, weights)
    return sparse_arrays.sparsified(counts) if sparse else counts


def _open_places(x):
    return [((None,), "int32") for _ in x.shape]


@operation("x", symbolic=_open_places)
def nonzero(x: ArrayLike) -> tuple[jax.Array, ...]:
    """The indices of nonzero values, one array per axis."""
    return jnp.nonzero(x)


def _open_unique(
    x,
    sorted=True,
    return_index=False,
    return_inverse=False,
    return_counts=False,
    axis=None,
    size=None,
    fill_value=None,
):
    rest = () if axis is None else x.shape[axis % len(x.shape) + 1 :]
    before = () if axis is None else x.shape[: axis % len(x.shape)]
    outputs = [((*before, size, *rest), x.dtype)]
    outputs += [((size,), "int32")] * return_index
    if return_inverse:
        inverse = x.shape if axis is None else (x.shape[axis],)
        outputs.append((inverse, "int32"))
    outputs += [((size,), "int32")] * return_counts
    return outputs[0] if len(outputs) == 1 else tuple(outputs)


@operation("x", symbolic=_open_unique)
def unique(
    x: ArrayLike,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    """The unique values of `x`, ascending.

    Args:
        x: any array.
        sorted: accepted for compatibility; the order is always ascending.
        return_index: also return the index of each value's first occurrence.
        return_inverse: also return the indices that rebuild `x`.
        return_counts: also return how often each value occurs.
        axis: compare slices along this axis; None compares single values.
        size: number of values to return; required in compiled functions.
        fill_value: padding where there are fewer than `size` unique values.
    """
    return jnp.unique(
        x,
        return_index,
        return_inverse,
        return_counts,
        axis,
        equal_nan=False,
        size=size,
        sorted=sorted,
        fill_value=fill_value,
    )
