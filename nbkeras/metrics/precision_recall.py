"""Confusion counts of binary predictions, precision and recall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from nbkeras.core import check
from nbkeras.core.annotations import DTypeLike
from nbkeras.losses.alignment import comparable
from nbkeras.metrics.base import Metric, ratio
from nbkeras.metrics.registry import register


def _flat(y_true, y_pred, sample_weight, class_id, top_k, owner):
    """Broadcast targets, outputs and weights to one shape, (..., classes)."""
    y_true, y_pred = comparable(owner, y_true, y_pred, one_hot=True)
    y_pred = jnp.asarray(y_pred, float)
    y_true = jnp.asarray(y_true, float)
    if top_k is not None:
        indices = jax.lax.top_k(y_pred, top_k)[1]
        in_top_k = jax.nn.one_hot(indices, y_pred.shape[-1], dtype=bool).any(-2)
        y_pred = jnp.where(in_top_k, y_pred, -jnp.inf)
    if sample_weight is None:
        weight = jnp.ones_like(y_pred)
    else:
        weight = jnp.asarray(sample_weight, float)
        if weight.ndim == y_pred.ndim + 1 and weight.shape[-1] == 1:
            weight = weight[..., 0]
        weight = weight.reshape(weight.shape + (1,) * (y_pred.ndim - weight.ndim))
        weight = jnp.broadcast_to(weight, y_pred.shape)
    if class_id is not None:
        return y_true[..., class_id], y_pred[..., class_id], weight[..., class_id]
    return y_true, y_pred, weight


def counts(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    thresholds: Any,
    sample_weight: ArrayLike | None = None,
    class_id: int | None = None,
    top_k: int | None = None,
    owner: str = "counts",
) -> jax.Array:
    """(true positives, false positives, true negatives, false negatives).

    Args:
        y_true: 0 or 1; any value above 0 is positive.
        y_pred: scores; positive where `> threshold`.
        thresholds: list of numbers.
        sample_weight: (batch,) or (batch, ...).
        class_id: use only this entry of the last axis.
        top_k: only the k largest entries of the last axis can be positive.
        owner: name of the metric, for messages.

    Returns: arrays (thresholds,).
    """
    y_true, y_pred, weight = _flat(
        y_true, y_pred, sample_weight, class_id, top_k, owner
    )
    truth = (y_true > 0).reshape(-1)
    scores, weight = y_pred.reshape(-1), weight.reshape(-1)
    predicted = scores[None] > jnp.asarray(thresholds, float)[:, None]
    positive = jnp.where(truth, weight, 0.0)
    negative = jnp.where(truth, 0.0, weight)
    tp = jnp.where(predicted, positive, 0.0).sum(1)
    fp = jnp.where(predicted, negative, 0.0).sum(1)
    return jnp.stack([tp, fp, negative.sum() - fp, positive.sum() - tp])


def in_unit_range(
    owner: str, thresholds: float | Sequence[float] | None, default: float = 0.5
) -> list[float]:
    """Convert one threshold or a list of them to floats, each from 0 to 1."""
    values = [default if thresholds is None else thresholds]
    values = list(values[0]) if isinstance(values[0], list | tuple) else values
    for value in values:
        check.number(owner, "thresholds", value, 0, 1)
    return [float(value) for value in values]


# The counts that `counts` returns, in order.
COUNTS = ("true_positives", "false_positives", "true_negatives", "false_negatives")


class _ConfusionMetric(Metric):
    """Base class of metrics that are a formula of the counts at each threshold."""

    rows_independent = True
    state_names = COUNTS

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, dtype)
        self.thresholds = thresholds
        self.top_k, self.class_id = top_k, class_id
        default = 0.5 if top_k is None else -jnp.inf
        self._levels = (
            [float(default)]
            if thresholds is None
            else in_unit_range(type(self).__name__, thresholds)
        )

    def formula(
        self, tp: jax.Array, fp: jax.Array, tn: jax.Array, fn: jax.Array
    ) -> jax.Array:
        """The value at each threshold."""
        raise TypeError(f"{type(self).__name__} has no `formula`.")

    def init(self) -> Any:
        """Zero counts, each (thresholds,)."""
        return tuple(jnp.zeros(len(self._levels)) for _ in self.state_names)

    def update(
        self,
        state: Any,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> Any:
        """Add the counts of a batch."""
        batch_counts = counts(
            y_true,
            y_pred,
            self._levels,
            sample_weight,
            self.class_id,
            self.top_k,
            type(self).__name__,
        )
        named = dict(zip(COUNTS, batch_counts, strict=True))
        pairs = zip(state, self.state_names, strict=True)
        return tuple(before + named[name] for before, name in pairs)

    def result_of(self, state: Any) -> jax.Array:
        """The value, or one per threshold if there are several."""
        named = dict(zip(self.state_names, state, strict=True))
        unused = jnp.zeros(len(self._levels))
        values = self.formula(*(named.get(name, unused) for name in COUNTS))
        return values if len(self._levels) > 1 else values[0]


@register("Precision")
class Precision(_ConfusionMetric):
    """Precision: the fraction of positive predictions that are correct.

    Args:
        thresholds: number or list of numbers; outputs above it are positive. 0.5 by
            default.
        top_k: only the k largest outputs can be positive.
        class_id: evaluate only this class.
    """

    state_names = ("true_positives", "false_positives")
    _direction = "up"

    def formula(
        self, tp: jax.Array, fp: jax.Array, tn: jax.Array, fn: jax.Array
    ) -> jax.Array:
        """Compute tp / (tp + fp)."""
        return ratio(tp, tp + fp)


@register("Recall")
class Recall(_ConfusionMetric):
    """Recall: the fraction of positive targets that are predicted as positive.

    Args: as in Precision.
    """

    state_names = ("true_positives", "false_negatives")
    _direction = "up"

    def formula(
        self, tp: jax.Array, fp: jax.Array, tn: jax.Array, fn: jax.Array
    ) -> jax.Array:
        """Compute tp / (tp + fn)."""
        return ratio(tp, tp + fn)


class _OneCount(_ConfusionMetric):
    state_attributes = ("accumulator",)

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(thresholds, name=name, dtype=dtype)

    def formula(
        self, tp: jax.Array, fp: jax.Array, tn: jax.Array, fn: jax.Array
    ) -> jax.Array:
        """Return the one count that the metric keeps."""
        return (tp, fp, tn, fn)[COUNTS.index(self.state_names[0])]


@register("TruePositives")
class TruePositives(_OneCount):
    """The number of true positives."""

    state_names = ("true_positives",)
    _direction = "up"


@register("FalsePositives")
class FalsePositives(_OneCount):
    """The number of false positives."""

    state_names = ("false_positives",)
    _direction = "down"


@register("TrueNegatives")
class TrueNegatives(_OneCount):
    """The number of true negatives."""

    state_names = ("true_negatives",)
    _direction = "up"


@register("FalseNegatives")
class FalseNegatives(_OneCount):
    """The number of false negatives."""

    state_names = ("false_negatives",)
    _direction = "down"
