"""Linear algebra on the matrices in the last two axes."""

import functools
from collections.abc import Callable
from typing import Any, Literal

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from nbkeras.core import check
from nbkeras.ops.functions.operation_table import floating, operation

_linalg = functools.partial(operation, module="linalg", subjects="linalg")


def _needs_matrix(name: str, x: jax.Array, square: bool = False) -> None:
    if x.ndim < 2:
        raise ValueError(
            f"ops.{name}: matrices need at least two axes, and the array has shape "
            f"{x.shape}. Write for example ops.{name}(ops.expand_dims(x, 0))."
        )
    if square and x.shape[-1] != x.shape[-2]:
        raise ValueError(
            f"ops.{name}: the last two axes must be equal, and the array has shape "
            f"{x.shape}. For other matrices see ops.pinv, ops.svd and ops.lstsq."
        )


@_linalg()
def cholesky(x: ArrayLike, upper: bool = False) -> jax.Array:
    """The Cholesky factor of a symmetric positive definite matrix.

    Raises:
        ValueError: the matrix is not positive definite; not detected in compiled code.
    """
    _needs_matrix("cholesky", x, square=True)
    factor = jnp.linalg.cholesky(x, upper=upper)
    if not isinstance(factor, jax.core.Tracer) and bool(jnp.isnan(factor).any()):
        raise ValueError(
            "ops.cholesky: the matrix is not positive definite and has no such factor. "
            "A small number on the diagonal may help: ops.cholesky(x + 1e-6 * "
            "ops.eye(n))."
        )
    return factor


@_linalg()
def cholesky_inverse(x: ArrayLike, upper: bool = False) -> jax.Array:
    """The inverse of a matrix, computed from its Cholesky factor."""
    _needs_matrix("cholesky_inverse", x, square=True)
    one = jnp.broadcast_to(jnp.eye(x.shape[-1], dtype=x.dtype), x.shape)
    inverse = jax.scipy.linalg.solve_triangular(x, one, lower=not upper)
    turned = jnp.swapaxes(inverse, -1, -2)
    return inverse @ turned if upper else turned @ inverse


@_linalg()
def det(x: ArrayLike) -> jax.Array:
    """The determinant."""
    _needs_matrix("det", x, square=True)
    return jnp.linalg.det(x)


@operation(module="numpy")
def slogdet(x: ArrayLike) -> tuple[jax.Array, jax.Array]:
    """(sign, logarithm of the absolute value) of the determinant."""
    return tuple(jnp.linalg.slogdet(x))


@operation(module="math", subjects="")
def logdet(x: ArrayLike) -> jax.Array:
    """The logarithm of the absolute value of the determinant."""
    return jnp.linalg.slogdet(x)[1]


@_linalg()
def eig(x: ArrayLike) -> tuple[jax.Array, jax.Array]:
    """(eigenvalues, eigenvectors) of square matrices, complex; on CPU only."""
    _needs_matrix("eig", x, square=True)
    return tuple(jnp.linalg.eig(x))


@_linalg()
def eigh(x: ArrayLike) -> tuple[jax.Array, jax.Array]:
    """(eigenvalues, eigenvectors) of symmetric matrices, ascending."""
    _needs_matrix("eigh", x, square=True)
    return tuple(jnp.linalg.eigh(x))


@_linalg()
def inv(x: ArrayLike) -> jax.Array:
    """The inverse."""
    _needs_matrix("inv", x, square=True)
    return jnp.linalg.inv(x)


@_linalg()
def pinv(x: ArrayLike, rcond: float | None = None) -> jax.Array:
    """The pseudoinverse; singular values below `rcond` times the largest count as 0."""
    _needs_matrix("pinv", x)
    return jnp.linalg.pinv(x, rtol=rcond)


@_linalg()
def lu_factor(x: ArrayLike) -> tuple[jax.Array, jax.Array]:
    """LU decomposition: (both factors in one matrix, row permutation)."""
    _needs_matrix("lu_factor", x)
    return tuple(jax.scipy.linalg.lu_factor(x))


@_linalg()
def matrix_rank(x: ArrayLike, tol: float | None = None) -> jax.Array:
    """The number of singular values above `tol`, int32."""
    _needs_matrix("matrix_rank", x)
    return jnp.linalg.matrix_rank(x, tol).astype("int32")


@_linalg()
def norm(
    x: ArrayLike, ord: Any = None, axis: Any = None, keepdims: bool = False
) -> jax.Array:
    """The norm of vectors or matrices over one or two axes; the 2-norm by default.

    Args:
        x: any array; integers are converted to floating point.
        ord: as in numpy.linalg.norm.
        axis: one axis for vectors, two for matrices, None for all of `x`.
        keepdims: keep the axes with size 1.
    """
    return jnp.linalg.norm(floating(x), ord, axis, keepdims)


@_linalg()
def qr(
    x: ArrayLike, mode: Literal["reduced", "complete"] = "reduced"
) -> tuple[jax.Array, jax.Array]:
    """QR decomposition: (orthogonal, upper triangular) factors."""
    check.choice("ops.qr", "mode", mode, ("reduced", "complete"))
    _needs_matrix("qr", x)
    return tuple(jnp.linalg.qr(x, mode))


@_linalg("a b")
def solve(a: ArrayLike, b: ArrayLike) -> jax.Array:
    """Solve `a @ x = b` for x."""
    _needs_matrix("solve", a, square=True)
    return jnp.linalg.solve(a, b)


@_linalg("a b")
def solve_triangular(a: ArrayLike, b: ArrayLike, lower: bool = False) -> jax.Array:
    """Solve `a @ x = b` for x, where `a` is triangular."""
    _needs_matrix("solve_triangular", a, square=True)
    return jax.scipy.linalg.solve_triangular(a, b, lower=lower)


@_linalg(class_name="SVD")
def svd(x: ArrayLike, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """(u, singular values, v) with `x = u @ diag(s) @ v`, or only the values."""
    _needs_matrix("svd", x)
    factors = jnp.linalg.svd(x, full_matrices=full_matrices, compute_uv=compute_uv)
    return tuple(factors) if compute_uv else factors


@_linalg("a b")
def lstsq(a: ArrayLike, b: ArrayLike, rcond: float | None = None) -> jax.Array:
    """The least-squares solution x of `a @ x = b`."""
    return jnp.linalg.lstsq(a, b, rcond)[0]


@operation("*primals *tangents", None, subjects="linalg")
def jvp(
    fun: Callable[..., Any], primals: Any, tangents: Any, has_aux: bool = False
) -> tuple[Any, ...]:
    """Jacobian-vector product: (value of `fun`, its derivative along `tangents`).

    Args:
        fun: a function of arrays.
        primals: its arguments, a tuple or list.
        tangents: direction of the derivative, one for each argument.
        has_aux: `fun` returns (value, auxiliary data); the data is returned third.
    """
    return jax.jvp(fun, tuple(primals), tuple(tangents), has_aux=has_aux)


@operation("x y", "math", class_name="CDist", subjects="")
def cdist(x: ArrayLike, y: ArrayLike) -> jax.Array:
    """Pairwise distances between points of `x` (..., m, n) and `y` (..., k, n)."""
    if min(x.ndim, y.ndim) < 2 or x.shape[-1] != y.shape[-1]:
        raise ValueError(
            f"ops.cdist: points of shapes {x.shape} and {y.shape} need two or more "
            "axes, and last axes of equal size. Write for example ops.cdist(x[None], "
            "y)."
        )
    apart = x[..., :, None, :] - y[..., None, :, :]
    return jnp.sqrt(jnp.sum(apart * apart, -1))
