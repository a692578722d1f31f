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
    """Targets, outputs and weights broadcast to one shape, (..., classes)."""
    y_true, y_pred = comparable(owner, y_true, y_pred, one_hot=True)
    y_pred = jnp.asarray(y_pred, float)
    y_true = jnp.asarray(y_true, float)
    if top_k is not None:
        best = jax.lax.top_k(y_pred, top_k)[1]
        among = jax.nn.one_hot(best, y_pred.shape[-1], dtype=bool).any(-2)
        y_pred = jnp.where(among, y_pred, -jnp.inf)
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
        y_true: 0 or 1; other values count by truth.
        y_pred: scores; yes is `> threshold`.
        thresholds: list of numbers.
        sample_weight: (batch,) or (batch, ...).
        class_id: look at this entry of the last axis only.
        top_k: only the k greatest entries of the last axis can be yes.
        owner: the metric, for messages.

    Returns: arrays (thresholds,).
    """
    y_true, y_pred, weight = _flat(
        y_true, y_pred, sample_weight, class_id, top_k, owner
    )
    truth = (y_true > 0).reshape(-1)
    scores, weight = y_pred.reshape(-1), weight.reshape(-1)
    says = scores[None] > jnp.asarray(thresholds, float)[:, None]
    yes = jnp.where(truth, weight, 0.0)
    no = jnp.where(truth, 0.0, weight)
    tp = jnp.where(says, yes, 0.0).sum(1)
    fp = jnp.where(says, no, 0.0).sum(1)
    return jnp.stack([tp, fp, no.sum() - fp, yes.sum() - tp])


def in_unit_range(
    owner: str, given: float | Sequence[float] | None, default: float = 0.5
) -> list[float]:
    """One threshold or a list of them as a list of floats, each from 0 to 1."""
    values = [default if given is None else given]
    values = list(values[0]) if isinstance(values[0], list | tuple) else values
    for value in values:
        check.number(owner, "thresholds", value, 0, 1)
    return [float(value) for value in values]


# What `counts` gives, in order.
COUNTS = ("true_positives", "false_positives", "true_negatives", "false_negatives")


class _Counted(Metric):
    """Base class: the counts `state_names` at each threshold, and a formula of them."""

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
        """Zero counts, (thresholds,) each."""
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
        """A number, or one for each threshold if a list was given."""
        named = dict(zip(self.state_names, state, strict=True))
        unused = jnp.zeros(len(self._levels))
        values = self.formula(*(named.get(name, unused) for name in COUNTS))
        return values if len(self._levels) > 1 else values[0]


@register("Precision")
class Precision(_Counted):
    """Precision: the fraction of positive predictions that are correct.

    Args:
        thresholds: number or list; yes is above it, 0.5.
        top_k: only the k greatest outputs can be yes.
        class_id: look at this class only.
    """

    state_names = ("true_positives", "false_positives")
    _direction = "up"

    def formula(
        self, tp: jax.Array, fp: jax.Array, tn: jax.Array, fn: jax.Array
    ) -> jax.Array:
        """Tp / (tp + fp)."""
        return ratio(tp, tp + fp)


@register("Recall")
class Recall(_Counted):
    """Recall: the fraction of positive targets that are predicted.

    Args: as in Precision.
    """

    state_names = ("true_positives", "false_negatives")
    _direction = "up"

    def formula(
        self, tp: jax.Array, fp: jax.Array, tn: jax.Array, fn: jax.Array
    ) -> jax.Array:
        """Tp / (tp + fn)."""
        return ratio(tp, tp + fn)


class _OneCount(_Counted):
    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(thresholds, name=name, dtype=dtype)


@register("TruePositives")
class TruePositives(_OneCount):
    """The number of true positives."""

    state_names = ("true_positives",)
    _direction = "up"

    def formula(
        self, tp: jax.Array, fp: jax.Array, tn: jax.Array, fn: jax.Array
    ) -> jax.Array:
        """Tp."""
        return tp


@register("FalsePositives")
class FalsePositives(_OneCount):
    """The number of false positives."""

    state_names = ("false_positives",)
    _direction = "down"

    def formula(
        self, tp: jax.Array, fp: jax.Array, tn: jax.Array, fn: jax.Array
    ) -> jax.Array:
        """Fp."""
        return fp


@register("TrueNegatives")
class TrueNegatives(_OneCount):
    """The number of true negatives."""

    state_names = ("true_negatives",)
    _direction = "up"

    def formula(
        self, tp: jax.Array, fp: jax.Array, tn: jax.Array, fn: jax.Array
    ) -> jax.Array:
        """Tn."""
        return tn


@register("FalseNegatives")
class FalseNegatives(_OneCount):
    """The number of false negatives."""

    state_names = ("false_negatives",)
    _direction = "down"

    def formula(
        self, tp: jax.Array, fp: jax.Array, tn: jax.Array, fn: jax.Array
    ) -> jax.Array:
        """Fn."""
        return fn
