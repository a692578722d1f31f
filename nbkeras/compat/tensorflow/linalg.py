"""`tf.linalg`: linear algebra."""

from typing import Any

import numpy as np

from nbkeras import ops
from nbkeras.compat.tensorflow import arrays, math
from nbkeras.core.names import tensorflow_names as absent

matmul, norm, einsum, tensordot = math.matmul, math.norm, math.einsum, math.tensordot
l2_normalize, global_norm = math.l2_normalize, math.global_norm
eye = arrays.eye
inv, det, cholesky, trace = ops.inv, ops.det, ops.cholesky, ops.trace


def diag(diagonal: Any, name: Any = None, **ignored: Any) -> Any:
    """Diagonal matrices with the last axis on their diagonals."""
    diagonal = ops.convert_to_tensor(math._value(diagonal))
    return ops.multiply(ops.expand_dims(diagonal, -1), ops.eye(diagonal.shape[-1]))


def diag_part(input: Any, name: Any = None, **ignored: Any) -> Any:
    """The diagonals of matrices."""
    return ops.diagonal(input, 0, -2, -1)


def matvec(a: Any, b: Any, transpose_a: bool = False, **ignored: Any) -> Any:
    """The product of a matrix and a vector."""
    return ops.squeeze(math.matmul(a, ops.expand_dims(b, -1), transpose_a), -1)


def solve(matrix: Any, rhs: Any, adjoint: bool = False, name: Any = None) -> Any:
    """Solve `matrix @ x = rhs` for x."""
    return ops.solve(math._transposed(matrix, False, adjoint), rhs)


def svd(
    tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: Any = None
) -> Any:
    """(s, u, v) with singular values s and `tensor = u @ diag(s) @ adjoint(v)`."""
    if not compute_uv:
        return ops.svd(tensor, full_matrices, False)
    u, s, vh = ops.svd(tensor, full_matrices, True)
    return s, u, ops.conj(ops.swapaxes(vh, -1, -2))


def eigh(tensor: Any, name: Any = None) -> Any:
    """(eigenvalues, eigenvectors) of symmetric matrices."""
    return ops.eigh(tensor)


def qr(input: Any, full_matrices: bool = False, name: Any = None) -> Any:
    """QR decomposition: (q, r)."""
    return ops.qr(input, "complete" if full_matrices else "reduced")


def band_part(input: Any, num_lower: int, num_upper: int, name: Any = None) -> Any:
    """Zero all values outside a band around the diagonal; -1 keeps a whole side."""
    input = ops.convert_to_tensor(input)
    rows, columns = np.indices(input.shape[-2:])
    below = num_lower < 0 or rows - columns <= num_lower
    above = num_upper < 0 or columns - rows <= num_upper
    return ops.where(np.logical_and(below, above), input, ops.zeros_like(input))


def set_diag(input: Any, diagonal: Any, name: Any = None, **ignored: Any) -> Any:
    """Replace the diagonal of `input`."""
    mask = np.eye(*np.shape(input)[-2:], dtype=bool)
    return ops.where(mask, ops.expand_dims(diagonal, -1), input)


def normalize(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, name: Any = None
) -> Any:
    """(`tensor` divided by its norm, the norm)."""
    norm = math.norm(tensor, ord, axis, keepdims=True)
    return ops.divide(tensor, norm), norm


def matrix_transpose(a: Any, name: Any = None, conjugate: bool = False) -> Any:
    """Swap the last two axes."""
    return ops.swapaxes(a, -1, -2)


def __getattr__(name):
    raise AttributeError(absent.message(f"linalg.{name}"))
