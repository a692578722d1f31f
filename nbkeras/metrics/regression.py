"""R2, correlations, and F scores."""

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
    """Targets and outputs (rows, values) and weights (rows, 1 or values)."""
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
    both = weight + other_weight
    gap, share = other_mean - mean, ratio(other_weight, both)
    return jnp.stack(
        [
            mean + gap * share,
            spread + other_spread + gap**2 * weight * share,
            residual + other_residual,
            both,
        ]
    )


@register("R2Score")
class R2Score(Metric):
    """1 - squared error / variance of the targets: 1 is perfect, 0 is the mean.

    Args:
        class_aggregation: "uniform_average", "variance_weighted_average" or None for
            one value each.
        num_regressors: number of inputs, for the adjusted score.

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
        """One column for each output."""
        self._width = pred_shape[-1] if len(pred_shape) > 1 else 1

    def init(self) -> Any:
        """(mean, spread of targets, errors, weights) of each output; and the count.

        The spread is the sum of squared distances from the mean: a sum of squares
        would lose it in float32 where the mean is large.
        """
        return jnp.zeros((4, self._width)), jnp.zeros(())

    def update(
        self,
        state: Any,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> Any:
        """Add rows."""
        y, p, w = _rows(type(self).__name__, y_true, y_pred, sample_weight)
        real = jnp.where(w == 0, 0.0, w)
        y = jnp.where(w == 0, 0.0, y)
        weight = jnp.broadcast_to(real, y.shape).sum(0)
        mean = ratio((real * y).sum(0), weight)
        spread = (real * (y - mean) ** 2).sum(0)
        residual = jnp.where(w == 0, 0.0, real * (y - p) ** 2).sum(0)
        before = jnp.broadcast_to(state[0], (4, *mean.shape))
        sums = _merged(before, jnp.stack([mean, spread, residual, weight]))
        return sums, state[1] + jnp.broadcast_to(w > 0, y.shape).sum()

    def result_of(self, state: Any) -> jax.Array:
        """The score."""
        (_, spread, residual, _), rows = state
        raw = 1.0 - ratio(residual, spread)
        raw = jnp.where(spread == 0, 0.0, raw)
        if self.class_aggregation == "uniform_average":
            score = raw.mean()
        elif self.class_aggregation == "variance_weighted_average":
            score = ratio((spread * raw).sum(), spread.sum())
        else:
            score = raw
        if self.num_regressors:
            left = rows - self.num_regressors - 1.0
            adjusted = 1.0 - (1.0 - score) * ratio(rows - 1.0, left)
            score = jnp.where(left > 0, adjusted, score)
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
        """(total, count)."""
        return jnp.zeros(()), jnp.zeros(())

    def update(
        self,
        state: Any,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> Any:
        """Add rows."""
        y_true, y_pred = comparable(self.name, y_true, y_pred)
        total, count = weighted_sums(self.values(y_true, y_pred), sample_weight)
        return state[0] + total, state[1] + count

    def result_of(self, state: Any) -> jax.Array:
        """The mean."""
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
    """Pearson's correlation of targets and outputs along `axis`."""
    return PearsonCorrelation(axis=axis).values(y_true, y_pred)


@register("concordance_correlation")
def concordance_correlation(
    y_true: ArrayLike, y_pred: ArrayLike, axis: int = -1
) -> jax.Array:
    """Lin's concordance of targets and outputs along `axis`."""
    return ConcordanceCorrelation(axis=axis).values(y_true, y_pred)


@register("PearsonCorrelation")
class PearsonCorrelation(_Correlation):
    """Mean over rows of Pearson's correlation of targets and outputs."""

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
        # Keras gives NaN for a row without spread, which spoils the mean of all rows.
        size = jnp.sqrt((y * y).mean(self.axis)) * jnp.sqrt((p * p).mean(self.axis))
        return ratio((y * p).mean(self.axis), size)


@register("ConcordanceCorrelation")
class ConcordanceCorrelation(_Correlation):
    """Mean over rows of Lin's concordance: a correlation that also compares scale."""

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
        both = (y * p).mean(self.axis)
        spread = (y * y).mean(self.axis) + (p * p).mean(self.axis)
        apart = jnp.squeeze((mean_y - mean_p) ** 2, self.axis)
        return 2.0 * both / (spread + apart + 1e-7)


@register("FBetaScore")
class FBetaScore(Metric):
    """Weighted harmonic mean of precision and recall.

    Args:
        average: None (one value a class), "micro", "macro" or "weighted".
        beta: recall counts beta times as much as precision.
        threshold: yes is above it; None takes the greatest output as the answer.
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
        """One column for each class, except for "micro"."""
        columns = pred_shape[-1] if len(pred_shape) > 1 else 1
        self._width = 1 if self.average == "micro" else columns

    def init(self) -> Any:
        """(true positives, false positives, false negatives, weights)."""
        return jnp.zeros((4, self._width))

    def update(
        self,
        state: Any,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> Any:
        """Count by class."""
        y, p, w = _rows(type(self).__name__, y_true, y_pred, sample_weight)
        if self.threshold is None:
            best = p.max(-1, keepdims=True)
            said = (p >= best) & (jnp.abs(p) > 1e-9)
        else:
            said = p > self.threshold
        said = said.astype(float)
        batch_counts = jnp.stack(
            [
                (w * said * y).sum(0),
                (w * said * (1 - y)).sum(0),
                (w * (1 - said) * y).sum(0),
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
    """Harmonic mean of precision and recall.

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
