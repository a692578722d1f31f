"""R2 score, correlations and F scores."""

from __future__ import annotations

from typing import Any, Literal

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from nbkeras.core import check
from nbkeras.core.annotations import DTypeLike, Shape
from nbkeras.losses.alignment import comparable
from nbkeras.metrics.base import Metric, ratio, weighted_sums
from nbkeras.metrics.registry import register


def _rows(owner, y_true, y_pred, sample_weight):
    """Targets and outputs (rows, values), weights (rows, 1) or (rows, values)."""
    y_true, y_pred = comparable(owner, y_true, y_pred, one_hot=True)
    y_true = jnp.asarray(y_true, float)
    y_pred = jnp.asarray(y_pred, float)
    if y_true.ndim == 1:
        y_true, y_pred = y_true[:, None], y_pred[:, None]
    weight = jnp.ones(len(y_true)) if sample_weight is None else sample_weight
    weight = jnp.asarray(weight, float)
    return y_true, y_pred, weight[:, None] if weight.ndim == 1 else weight


def _merged(first, second):
    """Merge (mean, spread, residual, weight) of two parts of the data.

    Source: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for
    computing sample variances" (1979).
    """
    mean, spread, residual, weight = first
    other_mean, other_spread, other_residual, other_weight = second
    total_weight = weight + other_weight
    difference, share = other_mean - mean, ratio(other_weight, total_weight)
    return jnp.stack(
        [
            mean + difference * share,
            spread + other_spread + difference**2 * weight * share,
            residual + other_residual,
            total_weight,
        ]
    )


@register("R2Score")
class R2Score(Metric):
    """R2 score: 1 - squared error / variance; predicting the mean scores 0.

    Args:
        class_aggregation: "uniform_average", "variance_weighted_average", or None for
            one score per output.
        num_regressors: number of regressors for the adjusted score; 0 for the plain
            score.

    Raises:
        ValueError: an unknown aggregation.
    """

    _direction = "up"

    rows_independent = True

    def __init__(
        self,
        class_aggregation: Literal["uniform_average", "variance_weighted_average"]
        | None = "uniform_average",
        num_regressors: int = 0,
        name: str = "r2_score",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, dtype)
        options = (None, "uniform_average", "variance_weighted_average")
        check.choice("R2Score", "class_aggregation", class_aggregation, options)
        self.class_aggregation = class_aggregation
        self.num_regressors = check.whole("R2Score", "num_regressors", num_regressors)
        self._width = 1

    def build(self, y_shape: Shape, pred_shape: Shape) -> None:
        """Set the number of outputs."""
        self._width = pred_shape[-1] if len(pred_shape) > 1 else 1

    def init(self) -> Any:
        """Zeros: (mean, spread, residual, weight) of each output, and the row count.

        The spread is the sum of squared deviations from the mean; computing it from a
        sum of squares would lose precision in float32 if the mean is large.
        """
        return jnp.zeros((4, self._width)), jnp.zeros(())

    def update(
        self,
        state: Any,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> Any:
        """Add the rows of a batch."""
        y, p, w = _rows(type(self).__name__, y_true, y_pred, sample_weight)
        y = jnp.where(w == 0, 0.0, y)
        weight = jnp.broadcast_to(w, y.shape).sum(0)
        mean = ratio((w * y).sum(0), weight)
        spread = (w * (y - mean) ** 2).sum(0)
        residual = jnp.where(w == 0, 0.0, w * (y - p) ** 2).sum(0)
        before = jnp.broadcast_to(state[0], (4, *mean.shape))
        sums = _merged(before, jnp.stack([mean, spread, residual, weight]))
        return sums, state[1] + jnp.broadcast_to(w > 0, y.shape).sum()

    def result_of(self, state: Any) -> jax.Array:
        """The score."""
        (_, spread, residual, _), rows = state
        r2 = 1.0 - ratio(residual, spread)
        r2 = jnp.where(spread == 0, 0.0, r2)
        if self.class_aggregation == "uniform_average":
            score = r2.mean()
        elif self.class_aggregation == "variance_weighted_average":
            score = ratio((spread * r2).sum(), spread.sum())
        else:
            score = r2
        if self.num_regressors:
            degrees = rows - self.num_regressors - 1.0
            adjusted = 1.0 - (1.0 - score) * ratio(rows - 1.0, degrees)
            score = jnp.where(degrees > 0, adjusted, score)
        return score


class _Correlation(Metric):
    """Base class of mean correlations along `axis`."""

    state_names = ("total", "count")

    _direction = "up"

    def __init__(
        self, name: str | None = None, dtype: DTypeLike | None = None, axis: int = -1
    ) -> None:
        super().__init__(name, dtype)
        self.axis = axis
        self.rows_independent = axis != 0

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """The correlation of each row."""
        raise TypeError(f"{type(self).__name__} has no `values`.")

    def init(self) -> Any:
        """Zero sums: (total, count)."""
        return jnp.zeros(()), jnp.zeros(())

    def update(
        self,
        state: Any,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> Any:
        """Add the rows of a batch."""
        y_true, y_pred = comparable(self.name, y_true, y_pred)
        total, count = weighted_sums(self.values(y_true, y_pred), sample_weight)
        return state[0] + total, state[1] + count

    def result_of(self, state: Any) -> jax.Array:
        """The mean correlation."""
        return ratio(*state)

    def _moments(self, y_true, y_pred):
        y = jnp.asarray(y_true, float)
        p = jnp.asarray(y_pred, float)
        means = y.mean(self.axis, keepdims=True), p.mean(self.axis, keepdims=True)
        return y - means[0], p - means[1], means


@register("pearson_correlation")
def pearson_correlation(
    y_true: ArrayLike, y_pred: ArrayLike, axis: int = -1
) -> jax.Array:
    """Pearson correlation of targets and outputs along `axis`."""
    return PearsonCorrelation(axis=axis).values(y_true, y_pred)


@register("concordance_correlation")
def concordance_correlation(
    y_true: ArrayLike, y_pred: ArrayLike, axis: int = -1
) -> jax.Array:
    """Lin's concordance correlation of targets and outputs along `axis`."""
    return ConcordanceCorrelation(axis=axis).values(y_true, y_pred)


@register("PearsonCorrelation")
class PearsonCorrelation(_Correlation):
    """Pearson correlation of targets and outputs, averaged over rows."""

    def __init__(
        self,
        name: str = "pearson_correlation",
        dtype: DTypeLike | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(name, dtype, axis)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """The correlation of each row."""
        y, p, _ = self._moments(y_true, y_pred)
        # A constant row counts as 0; in Keras it is NaN, and so is the overall mean.
        scale = jnp.sqrt((y * y).mean(self.axis)) * jnp.sqrt((p * p).mean(self.axis))
        return ratio((y * p).mean(self.axis), scale)


@register("ConcordanceCorrelation")
class ConcordanceCorrelation(_Correlation):
    """Lin's concordance correlation, which also compares scale, by row."""

    def __init__(
        self,
        name: str = "concordance_correlation",
        dtype: DTypeLike | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(name, dtype, axis)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """The concordance of each row."""
        y, p, (mean_y, mean_p) = self._moments(y_true, y_pred)
        covariance = (y * p).mean(self.axis)
        variances = (y * y).mean(self.axis) + (p * p).mean(self.axis)
        bias = jnp.squeeze((mean_y - mean_p) ** 2, self.axis)
        return 2.0 * covariance / (variances + bias + 1e-7)


@register("FBetaScore")
class FBetaScore(Metric):
    """F-beta score: the weighted harmonic mean of precision and recall.

    Args:
        average: None (one score per class), "micro", "macro" or "weighted".
        beta: weight of recall relative to precision.
        threshold: outputs above it are positive; None predicts the largest output.

    Raises:
        ValueError: an unknown average, or `beta` or `threshold` out of range.
    """

    _direction = "up"

    rows_independent = True

    def __init__(
        self,
        average: Literal["micro", "macro", "weighted"] | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str = "fbeta_score",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, dtype)
        options = (None, "micro", "macro", "weighted")
        self.average = check.choice("FBetaScore", "average", average, options)
        self.beta = check.number("FBetaScore", "beta", beta, 0, example=1.0)
        owner = type(self).__name__
        if self.beta == 0:
            raise ValueError(
                f"{owner}(beta=0): beta must be above 0. Write for example "
                f"{owner}(beta=1.0)."
            )
        if threshold is not None:
            threshold = check.number(owner, "threshold", threshold, 0, 1, example=0.5)
        if threshold == 0:
            raise ValueError(
                f"{owner}(threshold=0): threshold must be above 0, up to 1. Write for "
                f"example {owner}(threshold=0.5)."
            )
        self.threshold = threshold
        self._width = 1

    def build(self, y_shape: Shape, pred_shape: Shape) -> None:
        """Set the number of classes; a single column for "micro"."""
        columns = pred_shape[-1] if len(pred_shape) > 1 else 1
        self._width = 1 if self.average == "micro" else columns

    def init(self) -> Any:
        """Zero counts: (true positives, false positives, false negatives, weights)."""
        return jnp.zeros((4, self._width))

    def update(
        self,
        state: Any,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> Any:
        """Add the counts of a batch by class."""
        y, p, w = _rows(type(self).__name__, y_true, y_pred, sample_weight)
        if self.threshold is None:
            largest = p.max(-1, keepdims=True)
            predicted = (p >= largest) & (jnp.abs(p) > 1e-9)
        else:
            predicted = p > self.threshold
        predicted = predicted.astype(float)
        batch_counts = jnp.stack(
            [
                (w * predicted * y).sum(0),
                (w * predicted * (1 - y)).sum(0),
                (w * (1 - predicted) * y).sum(0),
                (w * y).sum(0),
            ]
        )
        if self.average == "micro":
            batch_counts = batch_counts.sum(1, keepdims=True)
        return jnp.broadcast_to(state, batch_counts.shape) + batch_counts

    def result_of(self, state: Any) -> jax.Array:
        """The score."""
        tp, fp, fn, weight = state
        precision = tp / (tp + fp + 1e-7)
        recall = tp / (tp + fn + 1e-7)
        square = self.beta**2
        score = precision * recall * (1.0 + square)
        score = score / (square * precision + recall + 1e-7)
        if self.average == "weighted":
            return (score * weight / (weight.sum() + 1e-7)).sum()
        return score if self.average is None else score.mean()


@register("F1Score")
class F1Score(FBetaScore):
    """F1 score: the harmonic mean of precision and recall.

    Args: as in FBetaScore, without beta.
    """

    def __init__(
        self,
        average: Literal["micro", "macro", "weighted"] | None = None,
        threshold: float | None = None,
        name: str = "f1_score",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)
