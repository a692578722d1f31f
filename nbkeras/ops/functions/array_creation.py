"""Array creation, casting, and properties of arrays."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from nbkeras.core import sparse_arrays
from nbkeras.core.dispatch import symbolic_too
from nbkeras.ops.functions.operation_table import canonical, default_float, operation


@operation("", None, subjects="numpy")
def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Any:
    """Numbers from `start`, by default 0, up to `stop`, exclusive."""
    return jnp.arange(start, stop, step, dtype)


@operation("", None, subjects="numpy")
def array(x: Any, dtype: Any = None) -> jax.Array:
    """A JAX array with the values of `x`."""
    return jnp.array(x, dtype)


@operation("", None, subjects="numpy")
def zeros(shape: Any, dtype: Any = None) -> jax.Array:
    """Zeros, by default in `floatx`."""
    return jnp.zeros(shape, dtype or default_float())


@operation("", None, subjects="numpy")
def ones(shape: Any, dtype: Any = None) -> jax.Array:
    """Ones, by default in `floatx`."""
    return jnp.ones(shape, dtype or default_float())


@operation("", None, subjects="numpy")
def empty(shape: Any, dtype: Any = None) -> jax.Array:
    """An uninitialised array; here zeros."""
    return jnp.zeros(shape, dtype or default_float())


@operation("fill_value", "numpy")
def full(shape: Any, fill_value: ArrayLike, dtype: Any = None) -> jax.Array:
    """An array filled with `fill_value`, by default in `floatx`."""
    return jnp.full(shape, fill_value, dtype or default_float())


@operation(rows="each")
def zeros_like(x: ArrayLike, dtype: Any = None) -> jax.Array:
    """Zeros with the shape and dtype of `x`."""
    return jnp.zeros_like(x, dtype)


@operation(rows="each")
def ones_like(x: ArrayLike, dtype: Any = None) -> jax.Array:
    """Ones with the shape and dtype of `x`."""
    return jnp.ones_like(x, dtype)


@operation(rows="each")
def empty_like(x: ArrayLike, dtype: Any = None) -> jax.Array:
    """An uninitialised array like `x`; here zeros."""
    return jnp.zeros_like(x, dtype)


@operation("x fill_value")
def full_like(x: ArrayLike, fill_value: ArrayLike, dtype: Any = None) -> jax.Array:
    """An array filled with `fill_value`, in the shape and dtype of `x`."""
    return jnp.full_like(x, fill_value, dtype)


@operation("", None, subjects="numpy")
def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> jax.Array:
    """A matrix (N, M) with ones on the `k`-th diagonal; M defaults to N."""
    return jnp.eye(N, M, int(k), dtype or default_float())


@operation("", None, subjects="numpy")
def identity(n: int, dtype: Any = None) -> jax.Array:
    """The (n, n) matrix with ones on the diagonal."""
    return jnp.identity(n, dtype or default_float())


@operation("", None, subjects="numpy")
def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> jax.Array:
    """A matrix (N, M) with ones on and below the `k`-th diagonal."""
    return jnp.tri(N, M, k, dtype or default_float())


@operation("start stop", "numpy")
def linspace(
    start: ArrayLike,
    stop: ArrayLike,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """`num` evenly spaced numbers; with `retstep` also the spacing."""
    return jnp.linspace(start, stop, num, endpoint, retstep, dtype, axis)


@operation("start stop", "numpy")
def logspace(
    start: ArrayLike,
    stop: ArrayLike,
    num: int = 50,
    endpoint: bool = True,
    base: float = 10,
    dtype: Any = None,
    axis: int = 0,
) -> jax.Array:
    """`num` powers of `base` with evenly spaced exponents."""
    return jnp.logspace(start, stop, num, endpoint, base, dtype, axis)


@operation("start stop", "numpy")
def geomspace(
    start: ArrayLike,
    stop: ArrayLike,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
) -> jax.Array:
    """`num` numbers in geometric progression."""
    return jnp.geomspace(start, stop, num, endpoint, dtype, axis)


def _window(name: str) -> None:
    def call(x):
        return getattr(jnp, name)(_length(x)).astype(default_float())

    call.__doc__ = f"The {name} window of length `x`, as numpy.{name}."
    operation("", None, name=name, subjects="numpy")(call)


for _name in ("bartlett", "blackman", "hamming", "hanning"):
    _window(_name)


@operation("", None, subjects="numpy")
def kaiser(x: Any, beta: Any) -> jax.Array:
    """The Kaiser window of length `x`; a greater `beta` makes it narrower."""
    return jnp.kaiser(_length(x), beta).astype(default_float())


def _length(x: Any) -> int:
    return int(np.asarray(x))


@operation()
def vander(x: ArrayLike, N: int | None = None, increasing: bool = False) -> jax.Array:
    """The Vandermonde matrix: powers of `x`, highest first unless `increasing`."""
    return jnp.vander(x, N, increasing)


@operation("x", None, subjects="numpy")
def view(x: ArrayLike, dtype: Any = None) -> jax.Array:
    """The same bits reinterpreted as another dtype."""
    return x.view(dtype)


@operation("", None, subjects="numpy")
def vectorize(
    pyfunc: Callable[..., Any], *, excluded: Any = None, signature: str | None = None
) -> Callable[..., Any]:
    """Vectorize a function of scalars so that it takes arrays, like numpy.vectorize."""
    return symbolic_too(
        jnp.vectorize(pyfunc, excluded=excluded or frozenset(), signature=signature)
    )


@operation("x", "core", rows="each")
def cast(x: ArrayLike, dtype: Any) -> jax.Array:
    """`x` in another dtype; casting complex to real keeps the real part."""
    if jnp.iscomplexobj(x) and not jnp.issubdtype(dtype, jnp.complexfloating):
        x = jnp.real(x)
    return x.astype(dtype)


@operation("x", "core", rows="each")
def saturate_cast(x: ArrayLike, dtype: Any) -> jax.Array:
    """`x` in another dtype, clipped to the range of that dtype."""
    low, high = _limits(dtype)
    have_low, have_high = _limits(x.dtype)
    low = have_low if low <= have_low else low
    high = have_high if high >= have_high else high
    x = x.astype("int32") if x.dtype == bool else x
    return jnp.clip(x, low, _below(high, x.dtype)).astype(dtype)


def _limits(dtype: Any) -> tuple[Any, Any]:
    if jnp.dtype(dtype).kind == "b":
        return 0, 1
    whole = jnp.issubdtype(dtype, jnp.integer)
    limits = jnp.iinfo(dtype) if whole else jnp.finfo(dtype)
    plain = int if whole else float
    return plain(limits.min), plain(limits.max)


def _below(value: Any, dtype: Any) -> Any:
    """`value` rounded down to a number that the floating `dtype` can represent.

    float32 rounds 2**31 - 1 up to 2**31, which overflows int32.
    """
    if not jnp.issubdtype(dtype, jnp.floating):
        return value
    rounded = np.asarray(value, dtype)
    if float(rounded) > value:
        rounded = np.nextafter(rounded, np.asarray(-np.inf, dtype))
    return rounded


@operation("x", "core", rows="each")
def convert_to_tensor(
    x: ArrayLike, dtype: Any = None, sparse: Any = None, ragged: Any = None
) -> jax.Array:
    """A JAX array from an array, a number, a list or a variable.

    A sparse array (BCOO) stays sparse unless `sparse` is False.
    """
    del sparse, ragged
    return x if dtype is None else cast(x, dtype)


@operation("variable", "core", rows="each")
def stop_gradient(variable: ArrayLike) -> jax.Array:
    """The same value with its gradient stopped in backpropagation."""
    return jax.lax.stop_gradient(variable)


def convert_to_numpy(x: Any) -> np.ndarray:
    """`x` as a new, writable NumPy array."""
    return np.array(sparse_arrays.dense(x))


def is_tensor(x: Any) -> bool:
    """Whether `x` is a JAX array, dense or sparse."""
    return isinstance(x, jax.Array) or sparse_arrays.is_sparse(x)


def shape(x: Any) -> tuple[int | None, ...]:
    """The shape of an array, a list or a symbolic tensor; None for unknown sizes."""
    return tuple(x.shape) if hasattr(x, "shape") else np.shape(x)


def dtype(x: Any) -> str:
    """The name of the dtype of an array, a number or a symbolic tensor."""
    if isinstance(x, bool | int | float):
        return {bool: "bool", int: "int32", float: str(default_float())}[type(x)]
    return str(x.dtype if hasattr(x, "dtype") else canonical(np.asarray(x).dtype))


def ndim(x: Any) -> int:
    """The number of dimensions."""
    return len(shape(x))


@operation("x", "numpy")
def size(x: ArrayLike) -> Any:
    """The number of values."""
    return jnp.size(x)


# Properties of arrays and symbolic tensors; calling them adds no node to a model.
ABOUT = {
    "convert_to_numpy": convert_to_numpy,
    "dtype": dtype,
    "is_tensor": is_tensor,
    "ndim": ndim,
    "shape": shape,
}
