"""AUC, and metrics such as the precision at a given recall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core import check
from nbkeras.core.annotations import DTypeLike, Shape
from nbkeras.metrics.base import Metric, ratio
from nbkeras.metrics.precision_recall import COUNTS, counts, in_unit_range
from nbkeras.metrics.registry import register


def _evenly_spaced(num_thresholds):
    """Evenly spaced thresholds from 0 to 1."""
    if num_thresholds == 1:
        return [0.5]
    inner = [(i + 1) / (num_thresholds - 1) for i in range(num_thresholds - 2)]
    return [0.0, *inner, 1.0]


class _AtOther(Metric):
    """Base class: the best value of one rate where another reaches a minimum."""

    _direction = "up"

    state_names = COUNTS
    rows_independent = True

    def __init__(
        self,
        value: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, dtype)
        self.value = check.number(type(self).__name__, "value", value, 0, 1)
        check.positive_int(type(self).__name__, "num_thresholds", num_thresholds, 200)
        self.num_thresholds, self.class_id = num_thresholds, class_id
        self._levels = _evenly_spaced(num_thresholds)

    def pair(
        self, tp: jax.Array, fp: jax.Array, tn: jax.Array, fn: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        """(rate that must reach the minimum, rate to maximize), at each threshold."""
        raise TypeError(f"{type(self).__name__} has no `pair`.")

    def init(self) -> Any:
        """Zero counts."""
        return tuple(jnp.zeros(len(self._levels)) for _ in COUNTS)

    def update(
        self,
        state: Any,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> Any:
        """Add the counts of a batch."""
        y_pred = jnp.clip(jnp.asarray(y_pred), 0.0, 1.0)
        batch_counts = counts(
            y_true,
            y_pred,
            self._levels,
            sample_weight,
            self.class_id,
            owner=type(self).__name__,
        )
        return tuple(map(jnp.add, state, batch_counts))

    def result_of(self, state: Any) -> jax.Array:
        """The best value; 0 if the constraint is never met."""
        constraint, objective = self.pair(*state)
        return jnp.max(jnp.where(constraint >= self.value, objective, 0.0))


@register("PrecisionAtRecall")
class PrecisionAtRecall(_AtOther):
    """The best precision with a recall of at least `recall`.

    Args:
        recall: minimum recall, from 0 to 1.
        num_thresholds: number of thresholds to try.
        class_id: evaluate only this entry of the last axis; None for all.
        name: name in the logs.
        dtype: dtype of the computation, float32 by default.
    """

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(recall, num_thresholds, class_id, name, dtype)
        self.recall = self.value

    def pair(
        self, tp: jax.Array, fp: jax.Array, tn: jax.Array, fn: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        """(Recall, precision) at each threshold."""
        return ratio(tp, tp + fn), ratio(tp, tp + fp)


@register("RecallAtPrecision")
class RecallAtPrecision(_AtOther):
    """The best recall with a precision of at least `precision`.

    Args:
        precision: minimum precision, from 0 to 1.
        num_thresholds: number of thresholds to try.
        class_id: evaluate only this entry of the last axis; None for all.
        name: name in the logs.
        dtype: dtype of the computation, float32 by default.
    """

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(precision, num_thresholds, class_id, name, dtype)
        self.precision = self.value

    def pair(
        self, tp: jax.Array, fp: jax.Array, tn: jax.Array, fn: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        """(Precision, recall) at each threshold."""
        return ratio(tp, tp + fp), ratio(tp, tp + fn)


@register("SensitivityAtSpecificity")
class SensitivityAtSpecificity(_AtOther):
    """The best sensitivity with a specificity of at least `specificity`.

    Args:
        specificity: minimum specificity, from 0 to 1.
        num_thresholds: number of thresholds to try.
        class_id: evaluate only this entry of the last axis; None for all.
        name: name in the logs.
        dtype: dtype of the computation, float32 by default.
    """

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(specificity, num_thresholds, class_id, name, dtype)
        self.specificity = self.value

    def pair(
        self, tp: jax.Array, fp: jax.Array, tn: jax.Array, fn: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        """(Specificity, sensitivity) at each threshold."""
        return ratio(tn, tn + fp), ratio(tp, tp + fn)


@register("SpecificityAtSensitivity")
class SpecificityAtSensitivity(_AtOther):
    """The best specificity with a sensitivity of at least `sensitivity`.

    Args:
        sensitivity: minimum sensitivity, from 0 to 1.
        num_thresholds: number of thresholds to try.
        class_id: evaluate only this entry of the last axis; None for all.
        name: name in the logs.
        dtype: dtype of the computation, float32 by default.
    """

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)
        self.sensitivity = self.value

    def pair(
        self, tp: jax.Array, fp: jax.Array, tn: jax.Array, fn: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        """(Sensitivity, specificity) at each threshold."""
        return ratio(tp, tp + fn), ratio(tn, tn + fp)


@register("AUC")
class AUC(Metric):
    """Area under the ROC curve, or under the precision-recall curve.

    Args:
        num_thresholds: number of points of the curve.
        curve: "ROC", "PR" (precision-recall) or "PRGAIN" (precision-recall-gain).
        summation_method: "interpolation", "minoring" or "majoring".
        thresholds: custom thresholds between 0 and 1.
        multi_label: compute one area per label (entry of the last axis) and average
            them.
        num_labels: number of labels with `multi_label`; required outside `fit`.
        label_weights: weight of each label in the average; without `multi_label`, the
            weight of its values.
        from_logits: whether outputs are logits.

    Raises:
        ValueError: an unknown curve or summation method, or fewer than 2 thresholds.

    Sources: Davis and Goadrich, "Precision-Recall and ROC Curves" (2006); Flach and
    Kull, "Precision-Recall-Gain Curves" (2015).
    """

    _direction = "up"

    state_names = COUNTS
    rows_independent = True

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: Literal["ROC", "PR", "PRGAIN"] = "ROC",
        summation_method: Literal[
            "interpolation", "minoring", "majoring"
        ] = "interpolation",
        name: str | None = None,
        dtype: DTypeLike | None = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Sequence[float] | None = None,
        from_logits: bool = False,
    ) -> None:
        super().__init__(name or "auc", dtype)
        self.curve = check.choice("AUC", "curve", curve, ("ROC", "PR", "PRGAIN"))
        methods = ("interpolation", "minoring", "majoring")
        check.choice("AUC", "summation_method", summation_method, methods)
        check.positive_int("AUC", "num_thresholds", num_thresholds, 200)
        if num_thresholds < 2 and not thresholds:
            raise ValueError(
                "AUC(num_thresholds=1): a curve needs at least 2 points. Write for "
                "example AUC(num_thresholds=200)."
            )
        self.summation_method = summation_method
        self.thresholds = thresholds
        self.multi_label, self.num_labels = multi_label, num_labels
        self.label_weights, self.from_logits = label_weights, from_logits
        inner = sorted(in_unit_range("AUC", thresholds)) if thresholds else None
        inner = inner or _evenly_spaced(num_thresholds)[1:-1]
        self._levels = np.array([-1e-7, *inner, 1.0 + 1e-7], np.float32)
        self.num_thresholds = len(self._levels)

    def build(self, y_shape: Shape, pred_shape: Shape) -> None:
        """Set the number of labels from the shape of the outputs."""
        if self.multi_label and self.num_labels is None and len(pred_shape) > 1:
            self.num_labels = pred_shape[-1]

    def init(self) -> Any:
        """Zero counts, (thresholds,) each; (thresholds, labels) with `multi_label`."""
        if self.multi_label and self.num_labels is None:
            raise ValueError(
                "AUC(multi_label=True) needs the number of labels. Write for example "
                "AUC(multi_label=True, num_labels=10)."
            )
        labels = (self.num_labels,) if self.multi_label else ()
        return tuple(jnp.zeros((len(self._levels), *labels)) for _ in COUNTS)

    def update(
        self,
        state: Any,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> Any:
        """Add the counts of a batch."""
        y_pred = jax.nn.sigmoid(y_pred) if self.from_logits else jnp.asarray(y_pred)
        y_pred = jnp.clip(y_pred, 0.0, 1.0)
        if self.multi_label:
            label_counts = [
                counts(
                    y_true,
                    y_pred,
                    self._levels,
                    sample_weight,
                    class_id=label,
                    owner="AUC",
                )
                for label in range(self.num_labels)
            ]
            return tuple(map(jnp.add, state, jnp.stack(label_counts, axis=-1)))
        if self.label_weights is not None:
            weight = jnp.asarray(self.label_weights, float)
            row_weight = 1.0 if sample_weight is None else jnp.asarray(sample_weight)
            sample_weight = jnp.broadcast_to(
                weight * jnp.reshape(row_weight, (-1, 1)), y_pred.shape
            )
        batch_counts = counts(y_true, y_pred, self._levels, sample_weight, owner="AUC")
        return tuple(map(jnp.add, state, batch_counts))

    def result_of(self, state: Any) -> jax.Array:
        """The area, summed over intervals between thresholds."""
        tp, fp, tn, fn = state
        if self.curve == "PR" and self.summation_method == "interpolation":
            area = _pr_area(tp, fp, fn)
        else:
            x, y = _CURVES[self.curve](tp, fp, tn, fn)
            heights = {
                "interpolation": (y[:-1] + y[1:]) / 2.0,
                "minoring": jnp.minimum(y[:-1], y[1:]),
                "majoring": jnp.maximum(y[:-1], y[1:]),
            }[self.summation_method]
            area = ((x[:-1] - x[1:]) * heights).sum(0)
        if not self.multi_label:
            return area
        if self.label_weights is None:
            return area.mean()
        weights = jnp.asarray(self.label_weights, float)
        return ratio((area * weights).sum(), weights.sum())


def _gains(tp, fp, tn, fn):
    """Recall gain and precision gain: 0 for always positive, 1 for perfect."""
    odds = ratio(tp + fn, tn + fp)
    recall = jnp.where(tp == 0, 0.0, 1.0 - odds * ratio(fn, tp))
    precision = jnp.where(tp == 0, 1.0, 1.0 - odds * ratio(fp, tp))
    return jnp.maximum(recall, 0.0), precision


# {curve: function from the four counts to its points (x, y)}
_CURVES = {
    "ROC": lambda tp, fp, tn, fn: (ratio(fp, fp + tn), ratio(tp, tp + fn)),
    "PR": lambda tp, fp, tn, fn: (ratio(tp, tp + fn), ratio(tp, tp + fp)),
    "PRGAIN": _gains,
}


def _pr_area(tp, fp, fn):
    """Area under the PR curve; interpolates the counts, not the curve."""
    p = tp + fp
    d_tp, d_p = tp[:-1] - tp[1:], p[:-1] - p[1:]
    slope = ratio(d_tp, jnp.maximum(d_p, 0.0))
    intercept = tp[1:] - slope * p[1:]
    grows = (p[:-1] > 0) & (p[1:] > 0)
    relative = jnp.where(grows, p[:-1] / jnp.where(grows, p[1:], 1.0), 1.0)
    step = slope * (d_tp + intercept * jnp.log(relative))
    return ratio(step, jnp.maximum(tp[1:] + fn[1:], 0.0)).sum(0)
