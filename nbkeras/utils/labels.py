"""One-hot labels, and normalized vectors."""

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from nbkeras.ops.functions import all_functions


def to_categorical(
    x: ArrayLike, num_classes: int | None = None
) -> np.ndarray | jax.Array:
    """Convert class numbers to one-hot vectors.

    Args:
        x: integers of any shape (a last axis of size 1 is dropped).
        num_classes: number of classes; None is the largest number + 1.

    Returns:
        float32 (..., num_classes); a JAX array for a JAX array, else a NumPy array.

    Raises:
        ValueError: a number is not an integer from 0 to num_classes - 1.

    >>> to_categorical([0, 2])
    array([[1., 0., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    labels = np.asarray(x)
    if labels.dtype.kind not in "biuf":
        raise ValueError(
            f"to_categorical needs class numbers, and got {labels.dtype}. Number the "
            "classes first: np.unique(x, return_inverse=True)[1]."
        )
    if labels.dtype.kind == "f" and not np.array_equal(labels, np.floor(labels)):
        raise ValueError(
            "to_categorical needs integers, and got fractional values. Round them, or "
            "use a regression loss with the original values."
        )
    labels = labels.astype(np.int64)
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if labels.size == 0:
        return np.zeros((*labels.shape, num_classes or 0), np.float32)
    low, high = int(labels.min()), int(labels.max())
    count = high + 1 if num_classes is None else int(num_classes)
    if low < 0 or high >= count:
        raise ValueError(
            f"to_categorical: the class numbers run from {low} to {high}, and "
            f"{count} classes have the numbers 0 to {count - 1}. Write "
            f"to_categorical(x - {low}, {high - low + 1}) if they should begin at 0."
        )
    one_hot = (labels[..., None] == np.arange(count)).astype(np.float32)
    return jnp.asarray(one_hot) if isinstance(x, jax.Array) else one_hot


def normalize(x: ArrayLike, axis: int = -1, order: float = 2) -> np.ndarray | jax.Array:
    """`x` divided by its norm along `axis`; vectors of zeros stay zero.

    Args:
        x: array of any shape; a tensor, as in a loss or a layer, gives a tensor.
        axis: the axis of the vectors.
        order: order of the norm; 2 is Euclidean.

    Returns:
        An array in the shape of `x`.
    """
    if not isinstance(x, np.ndarray | list | tuple | int | float | np.generic):
        return all_functions.find("normalize")(x, axis, order)
    x = np.asarray(x)
    norm = np.atleast_1d(np.linalg.norm(x, order, axis))
    norm[norm == 0] = 1
    return x / np.expand_dims(norm, axis)
