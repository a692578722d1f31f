"""The learning-rate finder: one training step at each of increasing rates."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.analysis.descent import training_access
from nbkeras.core import check, rng
from nbkeras.models.model import Model
from nbkeras.models.training.trainer import fit_plan_of
from nbkeras.optimizers import OptaxOptimizer
from nbkeras.train.control import Control

# The search ends when the averaged loss is this many times its lowest.
BLOWN_UP = 4.0
LOOK_BACK = 8
# Width of the bell over neighbouring steps, in steps.
SPREAD = 3.0
# A fall smaller than this share of the first loss is no fall.
LEAST_FALL = 0.02
# A rate stays this far below the one with the lowest loss: there it is about to rise.
MARGIN = 3.0


@dataclass(frozen=True)
class RateCurve:
    """The loss at each learning rate, and the suggestion.

    Args:
        rates: (n,) learning rates, ever higher.
        losses: (n,) loss of the batch that was trained on at each.
        smooth: (n,) the same, averaged over its neighbours.
        suggestion: a learning rate, or None where the loss never fell.
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
        """Why this suggestion, in one sentence."""
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

    Model, optimizer and random state are afterwards bit for bit what they were; a
    generator has been read, as it would be by `fit`.

    Args:
        model: compiled.
        x, y, batch_size, sample_weight, class_weight: as in `fit`; `x` may be the
            tuple (x, y).
        low, high: first and last rate.
        steps: how many rates.
        control: a Control that may end the search early.
        watch: (RateCurve so far) -> None, called after each step.

    Returns:
        A RateCurve.

    Raises:
        RuntimeError: the model is not compiled.
        ValueError: data or arguments that cannot work, before any step.

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


def unpack_data(x, y, sample_weight):
    """(x, y, weight) from what `data` may be: a tuple of arrays is opened."""
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
        # A seed of its own: the model's is drawn by its first fit, as it would be.
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
            # Sums begin anew, so that each loss is that of its batch alone.
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
    """An optimizer whose rate is data: without its schedule, if it follows one."""
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
    # Means of what is behind: the latest against the lowest. The first are of too few.
    if len(losses) < 2 * LOOK_BACK:
        return None
    means = np.convolve(losses, np.full(LOOK_BACK, 1 / LOOK_BACK), "valid")
    return "blown up" if means[-1] > BLOWN_UP * max(means.min(), 1e-12) else None


def smoothed(losses):
    """Means weighted by a bell over the neighbours on both sides, so nothing lags."""
    at = np.arange(len(losses))
    weights = np.exp(-0.5 * ((at[:, None] - at) / SPREAD) ** 2)
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
    """(rate at which half of the fall is done, rate of the lowest loss), or two None.

    The steepest place would be the usual choice, but it is a derivative of a noisy
    curve; the middle of the fall is as good on a clean curve and steady on others.

    Args:
        rates: (n,) ever higher, evenly spaced in the logarithm.
        smooth: (n,) smoothed losses.
    """
    if len(smooth) < LOOK_BACK:
        return None, None
    least = int(np.argmin(smooth))
    first = float(smooth[: max(3, len(smooth) // 10)].mean())
    if least < 3 or first - smooth[least] < LEAST_FALL * abs(first):
        return None, None
    middle = (first + smooth[least]) / 2
    above = np.flatnonzero(smooth[:least] > middle)
    half, lowest = float(rates[above[-1] + 1]), float(rates[least])
    return min(half, lowest / MARGIN), lowest
