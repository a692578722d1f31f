"""Intersection over union of predicted and true classes, for segmentation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from nbkeras.core import check
from nbkeras.core.annotations import DTypeLike
from nbkeras.losses.alignment import aligned
from nbkeras.metrics.accuracy import index_of_largest
from nbkeras.metrics.base import Metric, ratio
from nbkeras.metrics.registry import register


@register("IoU")
class IoU(Metric):
    """Mean intersection over union (IoU) of selected classes.

    Args:
        num_classes: number of classes.
        target_class_ids: class indices to average over.
        ignore_class: label to exclude.
        sparse_y_true: whether targets are class indices; otherwise one-hot.
        sparse_y_pred: whether outputs are class indices; otherwise scores.
        axis: class axis of one-hot targets and scores.

    Raises:
        ValueError: a class index outside the range of classes.
    """

    _direction = "up"

    rows_independent = True

    state_names = ("total_confusion_matrix",)
    state_attributes = ("total_cm",)

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: DTypeLike | None = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(name, dtype)
        owner = type(self).__name__
        self.num_classes = check.positive_int(owner, "num_classes", num_classes, 10)
        self.target_class_ids = list(target_class_ids)
        if max(self.target_class_ids, default=0) >= num_classes:
            raise ValueError(
                f"{owner}(target_class_ids={self.target_class_ids}): class numbers run "
                f"from 0 to {num_classes - 1}. Write for example target_class_ids=[0]."
            )
        self.ignore_class = ignore_class
        self.sparse_y_true, self.sparse_y_pred = sparse_y_true, sparse_y_pred
        self.axis = axis

    def init(self) -> Any:
        """A zero confusion matrix, (classes, classes)."""
        return jnp.zeros((self.num_classes, self.num_classes))

    def labels(
        self, y_true: ArrayLike, y_pred: ArrayLike
    ) -> tuple[jax.Array, jax.Array]:
        """Convert targets and outputs to class indices."""
        y_true, y_pred = jnp.asarray(y_true), jnp.asarray(y_pred)
        if not self.sparse_y_true:
            y_true = index_of_largest(y_true, self.axis)
        if not self.sparse_y_pred:
            y_pred = index_of_largest(y_pred, self.axis)
        return y_true.astype("int32"), y_pred.astype("int32")

    def update(
        self,
        state: Any,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> Any:
        """Add the pairs of classes of a batch to the confusion matrix."""
        y_true, y_pred = aligned(*self.labels(y_true, y_pred))
        if y_true.shape != y_pred.shape:
            raise ValueError(
                f"{type(self).__name__}: the targets are class numbers of shape "
                f"{y_true.shape} and the outputs of shape {y_pred.shape}; each output "
                "needs one target. For one-hot targets write sparse_y_true=False, for "
                "scores sparse_y_pred=False."
            )
        weight = jnp.ones(y_true.shape, float)
        if sample_weight is not None:
            row_weight = jnp.asarray(sample_weight, float)
            row_weight = row_weight.reshape(
                row_weight.shape + (1,) * (y_true.ndim - row_weight.ndim)
            )
            weight = jnp.broadcast_to(row_weight, y_true.shape)
        # Labels outside the range are not counted; a negative index would wrap around.
        counted = (y_true >= 0) & (y_true < self.num_classes)
        counted &= (y_pred >= 0) & (y_pred < self.num_classes)
        if self.ignore_class is not None:
            counted &= y_true != self.ignore_class
        weight = jnp.where(counted, weight, 0.0)
        cells = tuple(jnp.where(counted, y, 0).reshape(-1) for y in (y_true, y_pred))
        return state.at[cells].add(weight.reshape(-1))

    def result_of(self, state: Any) -> jax.Array:
        """The mean IoU over the selected classes that occur."""
        ids = jnp.asarray(self.target_class_ids)
        intersection = jnp.diag(state)[ids]
        union = (state.sum(0) + state.sum(1) - jnp.diag(state))[ids]
        num_present = (union > 0).sum()
        return ratio(ratio(intersection, union).sum(), num_present)


@register("BinaryIoU")
class BinaryIoU(IoU):
    """IoU of two classes, separated by `threshold`."""

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold

    def labels(
        self, y_true: ArrayLike, y_pred: ArrayLike
    ) -> tuple[jax.Array, jax.Array]:
        """Assign class 1 to outputs at or above the threshold."""
        predicted = jnp.asarray(y_pred) >= self.threshold
        return jnp.asarray(y_true).astype("int32"), predicted.astype("int32")


@register("MeanIoU")
class MeanIoU(IoU):
    """Mean IoU of all classes."""

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: DTypeLike | None = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        all_ids = list(range(num_classes))
        options = (ignore_class, sparse_y_true, sparse_y_pred, axis)
        super().__init__(num_classes, all_ids, name, dtype, *options)


@register("OneHotIoU")
class OneHotIoU(IoU):
    """IoU of one-hot targets and scores."""

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: DTypeLike | None = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        options = (ignore_class, False, sparse_y_pred, axis)
        super().__init__(num_classes, target_class_ids, name, dtype, *options)


@register("OneHotMeanIoU")
class OneHotMeanIoU(MeanIoU):
    """Mean IoU of one-hot targets and scores."""

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: DTypeLike | None = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        options = (ignore_class, False, sparse_y_pred, axis)
        super().__init__(num_classes, name, dtype, *options)
