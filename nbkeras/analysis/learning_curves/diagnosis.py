"""diagnose: find problems in the learning curves of a run, and their first epoch.

A finding begins at a threshold and ends below half of it (hysteresis), so that it does
not flicker. Thresholds are relative to the noise of the curve, estimated by the median
absolute second difference, in which a smooth trend cancels.
"""

import math
import statistics
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

# A second difference of white noise has the variance 1 + 4 + 1; the median absolute
# value of a normal variable is 0.6745 standard deviations.
NOISE_OF_MEDIAN = 1 / (0.6745 * math.sqrt(6))
NOISE_WINDOW = 24
# (lag, factor) of two estimates, the smaller of which is the noise. At lag 1 the
# curvature of the curve counts least; lag 2 also measures noise that lasts one epoch,
# for which the factor corrects at lag 1.
LAGS = ((1, 1.5), (2, 1.0))
SMOOTH = 3  # number of epochs of the running median
# Minimum numbers of epochs for the findings flat, validation rises, and apart.
MIN_FLAT, MIN_TURNED, MIN_APART = 4, 4, 6
# The same for a validation loss that never fell, and one that stays below the training
# loss.
MIN_NOT_CARRIED, MIN_ABOVE = 4, 4
NOISES = 6.0
# A learning rate raised by RAISED explains changes of the loss in BLAME_EPOCHS epochs.
RAISED, BLAME_EPOCHS = 1.5, 3


class Kind(StrEnum):
    """The kinds of findings, most urgent first."""

    RATE_RAISED = "rate_raised"
    GROWING = "growing"
    FLAT = "flat"
    SLOW = "slow"
    NOT_CARRIED_OVER = "not_carried_over"
    TRAIN_ABOVE = "train_above"
    VALIDATION_RISES = "validation_rises"
    APART = "apart"


@dataclass(frozen=True)
class Diagnosis:
    """One finding.

    Args:
        kind: the kind of finding.
        epoch: the epoch in which it began, counted from 1.
        values: the numbers that show it, by name.
    """

    kind: Kind
    epoch: int
    values: dict[str, float] = field(default_factory=dict)


def diagnose(
    history: Mapping[str, Sequence[float]],
    learning_rates: Sequence[float] | None = None,
) -> Diagnosis | None:
    """Find the most urgent problem of a run in the losses of its epochs.

    Args:
        history: {name: values of the epochs} with "loss" and, with validation,
            "val_loss"; the `history` of a `History`.
        learning_rates: the learning rate of each epoch; None if unknown.

    Returns:
        The most urgent finding after the last epoch, or None.

    >>> rising = [0.9, 0.6, 0.5, 0.55, 0.62, 0.7, 0.8, 0.9]
    >>> falling = [0.9, 0.6, 0.4, 0.3, 0.2, 0.15, 0.1, 0.08]
    >>> found = diagnose({"loss": falling, "val_loss": rising})
    >>> str(found.kind), found.epoch
    ('validation_rises', 3)
    """
    reader = CurveReader()
    epochs = len(history["loss"])
    val_losses = history.get("val_loss") or [None] * epochs
    rates = learning_rates or [None] * epochs
    for i, (loss, val_loss, rate) in enumerate(
        zip(history["loss"], val_losses, rates, strict=True)
    ):
        reader.note_rate(i + 1, rate)
        reader.note_epoch(i + 1, loss, val_loss)
    return reader.diagnosis


class CurveReader:
    """Reads a run epoch by epoch; `diagnosis` is the most urgent finding so far.

    Time and memory per epoch are constant.

    Args:
        goes_on: whether the weights were trained before, so that a constant loss may
            have converged.
    """

    def __init__(self, goes_on: bool = False) -> None:
        self.goes_on = goes_on
        self.start: float | None = None  # the loss before anything was learned
        self.train, self.held_out = Curve(), Curve()
        self.raised: RateRaise | None = None
        self._rate: float | None = None
        self._found: dict[Kind, Diagnosis] = {}
        self._gaps: deque[tuple[int, float, float, float]] = deque(maxlen=NOISE_WINDOW)
        self._train_at_best = math.inf
        # How far training losses are above the validation loss one epoch before.
        self._above: deque[tuple[int, float]] = deque(maxlen=MIN_ABOVE)
        self._held_out_before: float | None = None

    @property
    def diagnosis(self) -> Diagnosis | None:
        """The most urgent current finding, or None."""
        return next((self._found[kind] for kind in Kind if kind in self._found), None)

    def recent_raise(self, epoch: int) -> "RateRaise | None":
        """The raise of the learning rate that explains problems in `epoch`, or None."""
        raised = self.raised
        is_recent = raised is not None and epoch - raised.epoch < BLAME_EPOCHS
        return raised if is_recent else None

    def note_start(self, loss: float | None) -> None:
        """Record the loss of the first step, which the epoch's mean hides."""
        if self.start is None and loss is not None and math.isfinite(loss):
            self.start = loss

    def note_rate(self, epoch: int, rate: float | None) -> None:
        """Record the learning rate from now on, in `epoch`; None if unknown."""
        previous, self._rate = self._rate, rate
        if not previous or rate is None or rate <= previous * RAISED:
            return
        open_raise = self.raised
        if open_raise and (
            open_raise.epoch == epoch or Kind.RATE_RAISED in self._found
        ):
            open_raise.rate = max(open_raise.rate, rate)
            return
        before = min(self.train.recent, default=self.start)
        if before is not None:
            noise = self.train.noise
            self.raised = RateRaise(epoch, previous, rate, before, noise)

    def note_epoch(
        self, epoch: int, loss: float | None, val_loss: float | None = None
    ) -> None:
        """Record the losses of an epoch; losses that are not finite are ignored."""
        if loss is None or not math.isfinite(loss):
            return
        self.start = loss if self.start is None else self.start
        self.train.add(epoch, loss)
        has_val = val_loss is not None and math.isfinite(val_loss)
        if has_val:
            is_best = self.held_out.add(epoch, val_loss)
            self._train_at_best = self.train.smooth if is_best else self._train_at_best
        self._judge(Kind.RATE_RAISED, self._rate_raised(epoch, loss))
        self._judge(Kind.GROWING, self._growing())
        for kind, finding in self._standing_still().items():
            self._judge(kind, finding)
        if has_val:
            self._judge(Kind.NOT_CARRIED_OVER, self._not_carried_over())
            self._judge(Kind.TRAIN_ABOVE, self._train_above(epoch, loss))
            self._judge(Kind.VALIDATION_RISES, self._validation_rises(epoch))
            self._judge(Kind.APART, self._apart(epoch))
            self._held_out_before = val_loss

    def _judge(self, kind: Kind, finding: "Finding | None") -> None:
        """Begin a finding at its threshold, and end it below half of the threshold."""
        previous = self._found.pop(kind, None)
        if finding is None:
            return
        if previous is not None and finding.share >= 0.5:
            self._found[kind] = Diagnosis(kind, previous.epoch, finding.values)
        elif finding.share >= 1.0 and finding.may_begin:
            self._found[kind] = Diagnosis(kind, finding.epoch, finding.values)

    def _rate_raised(self, epoch: int, loss: float) -> "Finding | None":
        """The loss is higher since the learning rate was raised."""
        raised = self.raised
        if raised is None:
            return None
        learned = abs((self.start or 0.0) - raised.loss)
        threshold = max(
            0.5 * abs(raised.loss), 0.1 * learned, NOISES * raised.noise, 1e-12
        )
        values = {
            "rate": raised.rate,
            "old_rate": raised.old_rate,
            "before": raised.loss,
            "now": loss,
        }
        is_recent = self.recent_raise(epoch) is not None
        return Finding(
            (loss - raised.loss) / threshold, raised.epoch, values, is_recent
        )

    def _growing(self) -> "Finding | None":
        """The loss doubled from its start, and did not return."""
        train, start = self.train, self.start
        if start is None or train.count < 2:
            return None
        is_back = train.recent[-1] < start - 0.1 * abs(start)
        values = {"first": start, "highest": train.highest}
        share = 0.0 if is_back else (train.highest - start) / (abs(start) or 1.0)
        return Finding(share, train.first_epoch, values)

    def _standing_still(self) -> "dict[Kind, Finding | None]":
        """Since the first epoch the loss is constant, or falls very slowly."""
        nothing = dict.fromkeys((Kind.FLAT, Kind.SLOW))
        train = self.train
        if self.start is None or self.goes_on or train.count < MIN_FLAT:
            return nothing
        scale = abs(self.start) or 1.0
        fallen = max((self.start - train.lowest) / scale, 1e-12)
        spread = max((train.highest - train.lowest) / scale, 1e-12)
        values = {"first": self.start, "now": train.recent[-1]}
        epoch = train.first_epoch
        if train.falls_steadily:
            return nothing | {Kind.SLOW: Finding(0.05 / fallen, epoch, values)}
        share = min(0.02 / spread, 0.05 / fallen)
        return {Kind.FLAT: Finding(share, epoch, values), Kind.SLOW: None}

    def _not_carried_over(self) -> "Finding | None":
        """The validation loss never fell, while the training loss did."""
        train, held_out = self.train, self.held_out
        if self.start is None or self.goes_on or held_out.count < MIN_NOT_CARRIED:
            return None
        fallen = self.start - train.smooth
        needed = max(0.1 * abs(self.start), NOISES * train.noise, 1e-12)
        # What the validation gained at its best, relative to what training gained.
        gained = max(self.start - held_out.best, 0.0) / max(fallen, 1e-12)
        share = min(fallen / needed, 0.1 / max(gained, 0.01))
        values = {"start": self.start, "best": held_out.best, "train": train.recent[-1]}
        return Finding(share, held_out.first_epoch, values)

    def _train_above(self, epoch: int, loss: float) -> "Finding | None":
        """The training loss stays above the validation loss.

        The training loss of an epoch is a mean over its steps, so it is compared with
        the validation loss one epoch before.
        """
        before = self._held_out_before
        if before is None or self.start is None or self.goes_on:
            return None
        learned = max(self.start - before, 1e-12)
        noise = max(self.train.noise, self.held_out.noise)
        threshold = max(0.15 * learned, 2 * noise, 1e-12)
        self._above.append((epoch, (loss - before) / threshold))
        if len(self._above) < MIN_ABOVE or before > self.start:
            return None
        # The smallest of several gaps counts: noise alone rarely makes it large.
        share = min(share for _, share in self._above)
        values = {"train": loss, "validation": before}
        return Finding(share, self._above[0][0], values)

    def _validation_rises(self, epoch: int) -> "Finding | None":
        """The validation loss is past its minimum; the training loss still falls."""
        held_out = self.held_out
        if epoch - held_out.best_epoch < MIN_TURNED:
            return None
        best = held_out.best_smooth
        threshold = max(
            0.06 * abs(best),
            0.05 * (held_out.first - best),
            NOISES * held_out.noise,
            1e-12,
        )
        still_falls = self.train.smooth < self._train_at_best
        has_risen = min(held_out.recent) - best >= threshold
        values = {"best": held_out.best, "now": held_out.recent[-1]}
        share = (held_out.smooth - best) / threshold
        return Finding(share, held_out.best_epoch, values, still_falls and has_risen)

    def _apart(self, epoch: int) -> "Finding | None":
        """Training loss still falls, validation loss does not; the gap is large."""
        train, held_out = self.train, self.held_out
        gap = held_out.smooth - train.smooth
        last_gap = held_out.recent[-1] - train.recent[-1]
        self._gaps.append((epoch, last_gap, train.smooth, held_out.smooth))
        if len(self._gaps) < MIN_APART or self.start is None or gap <= 0:
            return None
        noise = max(train.noise, held_out.noise)
        learned = max(self.start, held_out.first) - train.smooth
        threshold = max(
            0.4 * learned, 0.25 * abs(held_out.smooth), NOISES * noise, 1e-12
        )
        _, _, train_before, held_out_before = self._gaps[-MIN_APART]
        falls = train_before - train.smooth
        stands = held_out_before - held_out.smooth <= 0.2 * falls
        may_begin = stands and falls > max(noise, 0.02 * learned)
        since = next(e for e, wide, _, _ in self._gaps if wide >= 0.5 * gap)
        values = {"train": train.recent[-1], "validation": held_out.recent[-1]}
        return Finding(gap / threshold, since, values, may_begin)


@dataclass
class RateRaise:
    """A raise of the learning rate, with the loss and its noise before it."""

    epoch: int
    old_rate: float
    rate: float
    loss: float
    noise: float


@dataclass(frozen=True)
class Finding:
    """A candidate.

    Args:
        share: its size relative to the threshold.
        epoch: the epoch in which it began.
        values: its numbers.
        may_begin: whether it may become a finding if it is not one yet.
    """

    share: float
    epoch: int
    values: dict[str, float]
    may_begin: bool = True


class Curve:
    """Running statistics of a series of epochs, in constant memory."""

    def __init__(self) -> None:
        self.count = 0
        self.first = self.first_epoch = 0
        self.recent: deque[float] = deque(maxlen=SMOOTH)
        self.smooth = math.nan
        self.lowest, self.highest = math.inf, -math.inf
        self.best, self.best_epoch, self.best_smooth = math.inf, 0, math.inf
        self.falls_steadily = True
        self._first_fall: float | None = None
        self._window: deque[float] = deque(maxlen=5)
        self._bends: dict[int, deque[float]] = {
            lag: deque(maxlen=NOISE_WINDOW) for lag, _ in LAGS
        }

    def add(self, epoch: int, value: float) -> bool:
        """Add the value of an epoch; returns whether it is the lowest so far."""
        if not self.count:
            self.first, self.first_epoch = value, epoch
        self.count += 1
        if self.recent:
            self._note_fall(self.recent[-1] - value)
        self._window.append(value)
        for lag, bends in self._bends.items():
            if len(self._window) > 2 * lag:
                middle, before = self._window[-1 - lag], self._window[-1 - 2 * lag]
                bends.append(abs(value - 2 * middle + before))
        self.recent.append(value)
        self.smooth = statistics.median(self.recent)
        self.lowest, self.highest = min(self.lowest, value), max(self.highest, value)
        self.best_smooth = min(self.best_smooth, self.smooth)
        is_best = value < self.best
        if is_best:
            self.best, self.best_epoch = value, epoch
        return is_best

    def _note_fall(self, fall: float) -> None:
        """Track whether each epoch falls by at least a third of the first fall."""
        if self._first_fall is None:
            self._first_fall = fall
        self.falls_steadily &= fall > 0 and fall >= self._first_fall / 3

    @property
    def noise(self) -> float:
        """Standard deviation of the noise in the last epochs."""
        medians = [
            factor * statistics.median(self._bends[lag])
            for lag, factor in LAGS
            if self._bends[lag]
        ]
        return NOISE_OF_MEDIAN * min(medians, default=0.0)
