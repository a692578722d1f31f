"""The learning-rate finder: one training step at each of increasing rates."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.analysis.descent import training_access
from nbkeras.core import check, rng
from nbkeras.core.machine import memory
from nbkeras.models.model import Model
from nbkeras.models.training.trainer import fit_plan_of
from nbkeras.optimizers import OptaxOptimizer
from nbkeras.train.control import Control

# The search ends when the averaged loss exceeds this multiple of its minimum.
BLOWN_UP = 4.0
LOOK_BACK = 8
# Standard deviation, in steps, of the Gaussian that smooths the losses.
SPREAD = 3.0
# A fall must be at least this fraction of the first loss.
MIN_FALL = 0.02
# The suggestion is at least this factor below the rate of the lowest loss, which is
# about to rise there.
MARGIN = 3.0


@dataclass(frozen=True)
class RateCurve:
    """The loss at each learning rate, and the suggestion.

    Args:
        rates: (n,) increasing learning rates.
        losses: (n,) loss of the batch that was trained on at each rate.
        smooth: (n,) smoothed losses.
        suggestion: a learning rate; None if the loss never fell.
        lowest: the rate at which the smoothed loss was lowest.
        ended: "blown up", "not finite", "stopped", "out of data" or "top".
    """

    rates: np.ndarray
    losses: np.ndarray
    smooth: np.ndarray
    suggestion: float | None
    lowest: float | None
    ended: str

    @property
    def reason(self) -> str:
        """The reason of the suggestion, in one sentence."""
        if self.suggestion is None:
            return (
                "The loss never fell, so no learning rate is suggested. Check the data "
                "and the loss, or search a wider range of rates."
            )
        return (
            f"The loss falls fast at {self.suggestion:.2g}; it is lowest at "
            f"{self.lowest:.2g}, above which steps are too large."
        )


def lr_find(
    model: Model,
    x: Any,
    y: ArrayLike | None = None,
    *,
    batch_size: int | None = None,
    sample_weight: ArrayLike | None = None,
    class_weight: dict[int, float] | None = None,
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 100,
    control: Control | None = None,
    watch: Callable[[RateCurve], None] | None = None,
) -> RateCurve:
    """Try learning rates from `low` to `high`, one training step each.

    Model, optimizer and random state are restored bit for bit afterwards; a generator
    is consumed, as by `fit`.

    Args:
        model: a compiled model.
        x, y, batch_size, sample_weight, class_weight: as in `fit`; `x` may be the
            tuple (x, y).
        low, high: first and last learning rate.
        steps: number of learning rates.
        control: a Control that can end the search early.
        watch: function (RateCurve so far) -> None, called after each step.

    Returns:
        A RateCurve.

    Raises:
        RuntimeError: the model is not compiled.
        ValueError: the data or an argument is invalid; raised before any step.

    Source: Smith, "Cyclical Learning Rates for Training Neural Networks" (2017).
    """
    low = check.number("lr_find", "low", low, 0, example=1e-6)
    high = check.number("lr_find", "high", high, low, example=10.0)
    steps = check.positive_int("lr_find", "steps", steps, example=100)
    if not 0 < low < high:
        raise ValueError(
            f"lr_find(low={low}, high={high}): low must be above 0 and below high. "
            "Write for example lr_find(model, data, low=1e-6, high=10)."
        )
    model.require_compiled("lr_find")
    x, y, sample_weight = unpack_data(x, y, sample_weight)
    plan = fit_plan_of(
        x=x,
        y=y,
        batch_size=batch_size,
        sample_weight=sample_weight,
        class_weight=class_weight,
        seed=rng.derive(0, "lr_find"),
    )
    try:
        search = _Search(model, plan, control or Control())
        return search.run(np.geomspace(low, high, steps), watch)
    finally:
        plan.close()
        memory.release_free_memory()


def unpack_data(x, y, sample_weight):
    """(x, y, weight); `x` may be a tuple of arrays that includes y and the weights."""
    pair = isinstance(x, tuple) and 2 <= len(x) <= 3
    if pair and y is None and all(hasattr(part, "__len__") for part in x):
        return x if len(x) == 3 else (*x, sample_weight)
    return x, y, sample_weight


class _Search:
    """One search on copies of a model's values."""

    def __init__(self, model, plan, control):
        feed = training_access.begin(model, plan, "lr_find")
        self.model, self.control = model, control
        self.optimizer = _steerable(model.optimizer)
        self.batches = training_access.endless(plan.train, feed)
        # A separate seed, so that the model's own is still drawn by its first fit.
        self.cell = training_access.model_cell(
            model, self.optimizer, rng.derive(0, "lr_find")
        )

    def run(self, rates, watch):
        step = training_access.model_step(self.model, self.optimizer)
        fresh, losses, ended = self.model.compiled_objective.init, [], None
        training_access.set_rate(self.cell, rates[0])
        events = training_access.step_events(
            self.cell, step, self.batches, len(rates), fresh, self.control
        )
        for event in events:
            losses.append(event.host().logs["loss"])
            ended = _over(losses)
            if ended:
                self.control.stop()
                continue
            # Reset the sums, so that each loss is that of a single batch.
            self.cell.reset_metrics(fresh())
            training_access.set_rate(self.cell, rates[min(len(losses), len(rates) - 1)])
            if watch:
                watch(curve_of(rates[: len(losses)], losses, "top"))
        if ended is None:
            was_stopped = self.control.status is not None
            ended = "top" if len(losses) == len(rates) else "out of data"
            ended = "stopped" if was_stopped and ended != "top" else ended
        return curve_of(rates[: len(losses)], losses, ended)


def _steerable(optimizer):
    """The optimizer with a settable learning rate: without its schedule, if any."""
    if isinstance(optimizer, OptaxOptimizer):
        raise ValueError(
            "lr_find cannot reach the learning rate inside an optax transformation. "
            "Compile with an optimizer of nbkeras, for example Adam(1e-3)."
        )
    return (
        optimizer if optimizer.rate_schedule is None else optimizer.without_schedule()
    )


def _over(losses):
    if not math.isfinite(losses[-1]):
        return "not finite"
    # Compare the latest running mean with the lowest one, once there are enough losses.
    if len(losses) < 2 * LOOK_BACK:
        return None
    means = np.convolve(losses, np.full(LOOK_BACK, 1 / LOOK_BACK), "valid")
    return "blown up" if means[-1] > BLOWN_UP * max(means.min(), 1e-12) else None


def smoothed(losses):
    """Smooth losses with a centred Gaussian, which has no lag."""
    steps = np.arange(len(losses))
    weights = np.exp(-0.5 * ((steps[:, None] - steps) / SPREAD) ** 2)
    return weights @ losses / weights.sum(axis=1)


def curve_of(rates, losses, ended):
    """The RateCurve of a search so far, with its suggestion."""
    rates, losses = np.asarray(rates), np.asarray(losses, np.float64)
    finite = np.isfinite(losses)
    rates, losses = rates[finite], losses[finite]
    smooth = smoothed(losses)
    suggestion, lowest = suggest(rates, smooth)
    return RateCurve(rates, losses, smooth, suggestion, lowest, ended)


def suggest(rates, smooth):
    """(rate at half of the fall, rate of the lowest loss); (None, None) without a fall.

    The usual choice is the steepest point, but that is the derivative of a noisy curve.
    The middle of the fall is as good on smooth curves and more stable on noisy ones.

    Args:
        rates: (n,) increasing, evenly spaced on a log scale.
        smooth: (n,) smoothed losses.
    """
    if len(smooth) < LOOK_BACK:
        return None, None
    lowest_index = int(np.argmin(smooth))
    first = float(smooth[: max(3, len(smooth) // 10)].mean())
    if lowest_index < 3 or first - smooth[lowest_index] < MIN_FALL * abs(first):
        return None, None
    middle = (first + smooth[lowest_index]) / 2
    above = np.flatnonzero(smooth[:lowest_index] > middle)
    half, lowest = float(rates[above[-1] + 1]), float(rates[lowest_index])
    return min(half, lowest / MARGIN), lowest
