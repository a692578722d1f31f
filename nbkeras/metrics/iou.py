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
from nbkeras.metrics.base import Metric, ratio
from nbkeras.metrics.registry import register


@register("IoU")
class IoU(Metric):
    """Mean intersection over union of chosen classes.

    Args:
        num_classes: number of classes.
        target_class_ids: the classes that count.
        ignore_class: a label that is left out.
        sparse_y_true: targets are class numbers, else one-hot.
        sparse_y_pred: outputs are class numbers, else scores.
        axis: of the classes.
    """

    _direction = "up"

    rows_independent = True

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
        """The confusion matrix, (classes, classes)."""
        return jnp.zeros((self.num_classes, self.num_classes))

    def labels(
        self, y_true: ArrayLike, y_pred: ArrayLike
    ) -> tuple[jax.Array, jax.Array]:
        """Targets and outputs as class numbers."""
        y_true, y_pred = jnp.asarray(y_true), jnp.asarray(y_pred)
        if not self.sparse_y_true:
            y_true = jnp.argmax(y_true, axis=self.axis)
        if not self.sparse_y_pred:
            y_pred = jnp.argmax(y_pred, axis=self.axis)
        return y_true.astype("int32"), y_pred.astype("int32")

    def update(
        self,
        state: Any,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> Any:
        """Count pairs of classes."""
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
        # What is no class counts nowhere; a negative index would count from the end.
        counted = (y_true >= 0) & (y_true < self.num_classes)
        counted &= (y_pred >= 0) & (y_pred < self.num_classes)
        if self.ignore_class is not None:
            counted &= y_true != self.ignore_class
        weight = jnp.where(counted, weight, 0.0)
        at = tuple(jnp.where(counted, y, 0).reshape(-1) for y in (y_true, y_pred))
        return state.at[at].add(weight.reshape(-1))

    def result_of(self, state: Any) -> jax.Array:
        """The mean over the chosen classes that occur."""
        ids = jnp.asarray(self.target_class_ids)
        both = jnp.diag(state)[ids]
        either = (state.sum(0) + state.sum(1) - jnp.diag(state))[ids]
        seen = (either > 0).sum()
        return ratio(ratio(both, either).sum(), seen)


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
        """Outputs above the threshold are class 1."""
        said = jnp.asarray(y_pred) >= self.threshold
        return jnp.asarray(y_true).astype("int32"), said.astype("int32")


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
        every = list(range(num_classes))
        kinds = (ignore_class, sparse_y_true, sparse_y_pred, axis)
        super().__init__(num_classes, every, name, dtype, *kinds)


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
        kinds = (ignore_class, False, sparse_y_pred, axis)
        super().__init__(num_classes, target_class_ids, name, dtype, *kinds)


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
        kinds = (ignore_class, False, sparse_y_pred, axis)
        super().__init__(num_classes, name, dtype, *kinds)
