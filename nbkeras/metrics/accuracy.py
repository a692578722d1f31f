"""Accuracy metrics, and the one that "accuracy" stands for."""

from __future__ import annotations

import numbers
from typing import Any

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from nbkeras.core.annotations import DTypeLike, Shape
from nbkeras.losses.alignment import comparable
from nbkeras.metrics.mean import MeanOfFunction
from nbkeras.metrics.registry import register


def index_of_largest(x: ArrayLike, axis: int = -1) -> jax.Array:
    """`jnp.argmax(x, axis)`: the first index of the largest value, or of NaN.

    JAX keeps a traced reduction for each program that contains its argmax, up to 4096
    in a process; of maximum and minimum it keeps none.

    Shapes:
        x (..., n, ...) -> (..., ...), int32.

    >>> index_of_largest([[1.0, 3.0, 3.0], [2.0, float("nan"), 9.0]])
    Array([1, 1], dtype=int32)
    """
    x = jnp.asarray(x)
    is_largest = (x == x.max(axis, keepdims=True)) | (x != x)
    indices = jax.lax.broadcasted_iota("int32", x.shape, axis % x.ndim)
    return jnp.where(is_largest, indices, x.shape[axis]).min(axis)


def accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
    """1 where targets and outputs are equal, else 0."""
    y_true, y_pred = comparable("accuracy", y_true, y_pred)
    return (jnp.asarray(y_true, y_pred.dtype) == y_pred).astype(float)


@register("binary_accuracy")
def binary_accuracy(
    y_true: ArrayLike, y_pred: ArrayLike, threshold: float = 0.5
) -> jax.Array:
    """1 where `y_pred > threshold` agrees with a target of 0 or 1."""
    y_true, y_pred = comparable("binary_accuracy", y_true, y_pred)
    predicted = (jnp.asarray(y_pred) > threshold).astype(float)
    return (jnp.asarray(y_true).astype(float) == predicted).astype(float)


@register("categorical_accuracy")
def categorical_accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
    """1 where the largest output is the class of a one-hot target."""
    y_true, y_pred = comparable("categorical_accuracy", y_true, y_pred, one_hot=True)
    return (index_of_largest(y_true) == index_of_largest(y_pred)).astype(float)


@register("sparse_categorical_accuracy")
def sparse_categorical_accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
    """1 where the largest output has the class index of the target."""
    y_true, y_pred = jnp.asarray(y_true), jnp.asarray(y_pred)
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    predicted = index_of_largest(y_pred)
    return (y_true.astype(predicted.dtype) == predicted).astype(float)


def _in_top(labels, y_pred, k):
    """1 where fewer than `k` classes score higher than the label; ties are hits."""
    score = jnp.take_along_axis(y_pred, labels.astype("int32")[..., None], axis=-1)
    score = jnp.where(jnp.isnan(score), -jnp.inf, score)
    return ((y_pred > score).sum(-1) < k).astype(float)


@register("top_k_categorical_accuracy")
def top_k_categorical_accuracy(
    y_true: ArrayLike, y_pred: ArrayLike, k: int = 5
) -> jax.Array:
    """1 where the class of a one-hot target is among the `k` largest outputs."""
    name = "top_k_categorical_accuracy"
    y_true, y_pred = comparable(name, y_true, y_pred, one_hot=True)
    return _in_top(index_of_largest(y_true), y_pred, k)


@register("sparse_top_k_categorical_accuracy")
def sparse_top_k_categorical_accuracy(
    y_true: ArrayLike, y_pred: ArrayLike, k: int = 5, from_sorted_ids: bool = False
) -> jax.Array:
    """1 where the class index of the target is among the `k` largest outputs.

    With `from_sorted_ids` the outputs are class indices, the best first.
    """
    y_true, y_pred = jnp.asarray(y_true), jnp.asarray(y_pred)
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    if from_sorted_ids:
        hits = y_pred[..., :k] == y_true[..., None].astype(y_pred.dtype)
        return hits.any(-1).astype(float)
    return _in_top(y_true, y_pred, k)


@register("Accuracy")
class Accuracy(MeanOfFunction):
    """How often the predicted labels equal the true ones."""

    _direction = "up"

    def __init__(self, name: str = "accuracy", dtype: DTypeLike | None = None) -> None:
        super().__init__(name, dtype)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """1 where equal, else 0."""
        return accuracy(y_true, y_pred)


@register("BinaryAccuracy")
class BinaryAccuracy(MeanOfFunction):
    """How often `y_pred > threshold` agrees with the target."""

    _direction = "up"

    def __init__(
        self,
        name: str = "binary_accuracy",
        dtype: DTypeLike | None = None,
        threshold: float = 0.5,
    ) -> None:
        super().__init__(name, dtype)
        if not isinstance(threshold, numbers.Real):
            raise ValueError(
                f"BinaryAccuracy(threshold={threshold!r}): threshold must be a number: "
                "0.5 for probabilities, 0 for logits. Write for example "
                "BinaryAccuracy(threshold=0.5)."
            )
        self.threshold = threshold

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """1 where prediction and target agree, else 0."""
        return binary_accuracy(y_true, y_pred, self.threshold)


@register("CategoricalAccuracy")
class CategoricalAccuracy(MeanOfFunction):
    """How often the largest output is the class of a one-hot target."""

    _direction = "up"

    def __init__(
        self, name: str = "categorical_accuracy", dtype: DTypeLike | None = None
    ) -> None:
        super().__init__(name, dtype)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """1 where the prediction is right, else 0."""
        return categorical_accuracy(y_true, y_pred)


@register("SparseCategoricalAccuracy")
class SparseCategoricalAccuracy(MeanOfFunction):
    """How often the largest output has the class index of the target."""

    _direction = "up"

    def __init__(
        self, name: str = "sparse_categorical_accuracy", dtype: DTypeLike | None = None
    ) -> None:
        super().__init__(name, dtype)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """1 where the prediction is right, else 0."""
        return sparse_categorical_accuracy(y_true, y_pred)


@register("TopKCategoricalAccuracy")
class TopKCategoricalAccuracy(MeanOfFunction):
    """How often the class of a one-hot target is among the `k` largest outputs."""

    _direction = "up"

    def __init__(
        self,
        k: int = 5,
        name: str = "top_k_categorical_accuracy",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, dtype)
        self.k = k

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """1 where the class is in the top k, else 0."""
        return top_k_categorical_accuracy(y_true, y_pred, self.k)


@register("SparseTopKCategoricalAccuracy")
class SparseTopKCategoricalAccuracy(MeanOfFunction):
    """How often the class index of the target is among the `k` largest outputs."""

    _direction = "up"

    def __init__(
        self,
        k: int = 5,
        name: str = "sparse_top_k_categorical_accuracy",
        dtype: DTypeLike | None = None,
        from_sorted_ids: bool = False,
    ) -> None:
        super().__init__(name, dtype)
        self.k, self.from_sorted_ids = k, from_sorted_ids

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """1 where the class is in the top k, else 0."""
        return sparse_top_k_categorical_accuracy(
            y_true, y_pred, self.k, self.from_sorted_ids
        )


def form_from_shapes(y_shape: Shape, y_dtype: Any, pred_shape: Shape):
    """The kind of accuracy for these shapes: "binary", "sparse" or "categorical"."""
    # Outputs of shape (rows,) have no class axis.
    if len(pred_shape) < 2 or pred_shape[-1] == 1:
        return "binary"
    integers = jnp.issubdtype(jax.dtypes.canonicalize_dtype(y_dtype), jnp.integer)
    flat = len(y_shape) < len(pred_shape) or (y_shape[-1] == 1 and pred_shape[-1] > 1)
    return "sparse" if flat or (integers and y_shape != pred_shape) else "categorical"
