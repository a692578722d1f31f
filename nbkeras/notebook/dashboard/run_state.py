"""The state of the dashboard, computed from the events of a run.

Replayed events give the same state as the original run: times are read from the events,
never from a clock.
"""

import math
from collections import deque

from nbkeras.analysis.learning_curves.diagnosis import CurveReader
from nbkeras.callbacks.steering import Steering
from nbkeras.notebook.dashboard.privacy_account import account_of
from nbkeras.notebook.dashboard.sentences import advice, three_digits
from nbkeras.notebook.widget.charts.series import Series
from nbkeras.train import events
from nbkeras.train.events import Status

# Most numbers in the two tables, four bytes each: at most 13 kB per run, enough for 100
# epochs with ten metrics.
STEP_BUDGET = 1000
EPOCH_BUDGET = 2300
MOST_MOVES = 60
MOST_LOSSES = 12
MOST_CODE = 2000
# The recent pace is computed over this many samples at this spacing: about 2 seconds.
PACE_SAMPLES, SPACING_S = 16, 0.12


class RunState:
    """Accumulates events; `traits()` returns the whole state, bounded in size.

    Args:
        shown: names of the metrics to show, None for all.
    """

    def __init__(self, shown=None):
        self.shown = shown
        self.status = Status.STARTING
        self.started = events.FitStarted()
        self.steps = Series(STEP_BUDGET)
        self.epochs = Series(EPOCH_BUDGET)
        self.metrics = []
        self.epoch, self.batch, self.step = 1, 0, 0
        self.batches = None
        self.epochs_ended = 0
        self.seconds = 0.0
        self.rate = self.rate_start = self.speed = None
        self.loss_weights, self.first_loss_weights = {}, {}
        self.rows = self.privacy = None
        self.newest = {}
        self.not_finite = None
        self.has_diverged = False
        self.curves = CurveReader()
        self.error = ""
        self.fit_number = None
        self.moves = deque(maxlen=MOST_MOVES)
        self.steering = Steering()
        self.pace = Pace()
        self._by_request = False
        self._before = None

    def __call__(self, event):
        """Handle one event."""
        self.seconds = max(self.seconds, event.seconds)
        self.steering.note(event)
        handler = getattr(self, f"_{type(event).__name__}", None)
        if handler:
            handler(event)

    @property
    def is_held(self) -> bool:
        """Whether the run waits for the user, also while validating."""
        is_validating = self.status is Status.VALIDATING
        return (self._before if is_validating else self.status) is Status.PAUSED

    def _FitStarted(self, event):
        self.started = event
        self.batches, self.rows = event.steps, event.batch_size
        self.epoch = event.initial_epoch + 1
        self.curves = CurveReader(goes_on=event.epochs_done > 0)
        self.curves.note_rate(self.epoch, _plain(event.learning_rate))
        self.rate = self.rate_start = _plain(event.learning_rate)
        weights = dict(list(event.loss_weights.items())[:MOST_LOSSES])
        self.loss_weights, self.first_loss_weights = weights, dict(weights)
        self.privacy = account_of(event.privacy, self.total)
        self._name(event.metrics)

    def _EpochStarted(self, event):
        self.epoch, self.batch = event.epoch + 1, 0

    def _StepEnded(self, event):
        if self.status is Status.STARTING:
            self.status = Status.RUNNING
        self.epoch, self.batch, self.step = event.epoch + 1, event.batch + 1, event.step
        self.step += 1
        self.rows = event.rows or self.rows
        self._rate(event.learning_rate)
        for name in self.loss_weights:  # learned ones are in the logs
            weight = event.logs.get(f"{name}_loss_weight")
            if isinstance(weight, float):
                self.loss_weights[name] = weight
        self._add_row(self.steps, self.step, event.logs, event.step)
        self.curves.note_start(event.logs.get("loss"))
        self.pace.add(event.seconds, self.step)

    def _EpochEnded(self, event):
        self.epoch, self.batch = event.epoch + 1, event.steps
        self.batches = self.batches or event.steps
        self.step = max(self.step, event.step)
        self.epochs_ended += 1
        self._rate(event.learning_rate)
        self._name(event.logs)
        self._add_row(self.epochs, self.step, {"epoch": event.epoch + 1, **event.logs})
        losses = event.logs.get("loss"), event.logs.get("val_loss")
        self.curves.note_epoch(self.epoch, *losses)
        self.pace.add(event.seconds, self.step, steady=False)

    def _Steered(self, event):
        self.step = max(self.step, event.step)
        self.pace.pause()
        if event.move in ("pause", "step"):
            self.status = Status.PAUSED
        elif event.move == "resume":
            self.status = Status.RUNNING
        elif event.move == "learning_rate":
            self._rate(event.value)
            self.moves.append([event.step, event.move, self.rate])
        elif event.move == "loss_weight":
            if event.output in self.loss_weights:
                self.loss_weights[event.output] = _plain(event.value)
            self.moves.append([event.step, event.move, event.value, event.output])
        elif event.move == "speed":
            self.speed = _plain(event.value)
            self.pace.restart()
        self._by_request = event.move == "validate"

    def _EvaluateStarted(self, event):
        self._before, self.status = self.status, Status.VALIDATING

    def _EvaluateEnded(self, event):
        self.status = self._before
        self.pace.forget()
        if self._by_request:
            self._by_request = False
            logs = {f"val_{name}": value for name, value in event.logs.items()}
            self._name(logs)
            self._add_row(self.epochs, self.step, logs)

    def _FitEnded(self, event):
        self.status, self.error = event.status, event.error
        if event.step > self.step:  # the last steps had no event
            self.step = event.step
            own = {k: v for k, v in event.logs.items() if not k.startswith("val_")}
            self._add_row(self.steps, self.step, own, self.step - 1)

    def _name(self, names):
        for name in names:
            base = name.removeprefix("val_")
            if base not in self.metrics and (not self.shown or base in self.shown):
                self.metrics.append(base)

    def _rate(self, rate):
        if rate is not None:
            if rate != self.rate:
                self.curves.note_rate(self.epoch, _plain(rate))
            self.rate = _plain(rate)
            self.rate_start = self.rate if self.rate_start is None else self.rate_start

    def _add_row(self, series, x, logs, index=None):
        numbers = {k: v for k, v in logs.items() if isinstance(v, float | int)}
        series.add(x, numbers, index)
        self.newest |= {k: v for k, v in numbers.items() if k != "epoch"}
        if "loss" in numbers:
            self.has_diverged = not math.isfinite(numbers["loss"])
        bad = [k for k, v in numbers.items() if not math.isfinite(v)]
        if bad and self.not_finite is None:
            name = "loss" if "loss" in bad else bad[0]
            self.not_finite = self._first_not_finite(name, numbers[name])

    def _first_not_finite(self, name, value):
        """Record the first non-finite value, and a preceding increase of the rate."""
        raised = self.curves.recent_raise(self.epoch)
        return {
            "name": name,
            "value": "NaN" if math.isnan(value) else "∞" if value > 0 else "-∞",
            "epoch": self.epoch,
            "step": self.step,
            "rate": three_digits(raised.rate) if raised else None,
            "old_rate": three_digits(raised.old_rate) if raised else None,
        }

    @property
    def total(self):
        """Total number of steps of the run, None while unknown."""
        if self.batches is None:
            return None
        return self.batches * max(self.started.epochs - self.started.initial_epoch, 0)

    @property
    def left(self):
        """Estimated remaining seconds; None while unknown or after the end."""
        pace = self.pace.overall
        if pace is None or self.total is None or not self.status.is_active:
            return None
        return round(pace * max(self.total - self.step, 0), 1)

    def progress(self):
        """The current numbers and texts, in a form that JSON can represent."""
        a_step = self.pace.recent or self.pace.overall
        return {
            "epoch": self.epoch,
            "epochs": self.started.epochs,
            "first_epoch": self.started.initial_epoch,
            "epochs_ended": self.epochs_ended,
            "batch": self.batch,
            "batches": self.batches,
            "step": self.step,
            "total": self.total,
            "seconds": round(self.seconds, 2),
            "left": self.left,
            "step_s": a_step,
            "rows_s": self.rows / a_step if self.rows and a_step else None,
            "rate": self.rate,
            "rate_start": self.rate_start,
            "speed": self.speed,
            "loss_weights": [
                [name, _plain(weight), self.first_loss_weights[name]]
                for name, weight in self.loss_weights.items()
            ],
            "privacy": self._privacy(),
            "held": self.is_held,
            "validation": self.started.validation,
            "continued": self.started.epochs_done,
            "newest": ", ".join(
                f"{k} {v:.4g}" for k, v in list(self.newest.items())[:8]
            ),
            "not_finite": self.not_finite,
            "diverged": self.has_diverged,
            "advice": advice(self.not_finite, self.curves.diagnosis),
            "error": self.error[:2000],
            "fit_number": self.fit_number,
        }

    def _privacy(self):
        if self.privacy is None:
            return None
        is_over = not self.status.is_active
        return self.privacy.at(self.step, self.seconds, is_over)

    def code(self):
        """Code of a cell that repeats the manual changes; if long, how to get it."""
        text = self.steering.code
        return text if len(text) <= MOST_CODE else "print(history.schedule.code)\n"

    def traits(self):
        """All traits of the widget."""
        return {
            "status": self.status.value,
            "progress": self.progress(),
            "metrics": self.metrics[:],
            "step_columns": self.steps.columns[:],
            "step_table": self.steps.pack(),
            "epoch_columns": self.epochs.columns[:],
            "epoch_table": self.epochs.pack(),
            "moves": list(self.moves),
            "code": self.code(),
        }


class Pace:
    """Seconds per step: recent, and over the whole run without pauses.

    The first step is excluded because it includes the compilation.
    """

    def __init__(self):
        self._recent = deque(maxlen=PACE_SAMPLES)
        self.restart()

    def restart(self):
        """Restart all measurements, since the interval between steps changed."""
        self._recent.clear()
        self._first = self._last = None
        self._idle = 0.0
        self._paused = False

    def add(self, seconds, step, steady=True):
        """Add a step, or the end of an epoch with its validation (not `steady`)."""
        if self._paused and self._last is not None:
            self._idle += seconds - self._last[0]
        self._paused = False
        if self._first is None:
            self._first = (seconds, step)
        self._last = (seconds, step)
        if steady and (not self._recent or seconds - self._recent[-1][0] >= SPACING_S):
            self._recent.append((seconds, step))

    def pause(self):
        """Exclude the time up to the next step."""
        self._paused = True
        self.forget()

    def forget(self):
        """Restart the recent pace, since other work was done."""
        self._recent.clear()

    @property
    def recent(self):
        """Recent seconds per step; None while unknown."""
        if len(self._recent) < 2:
            return None
        return _per_step(self._recent[0], self._recent[-1])

    @property
    def overall(self):
        """Seconds per step so far, including validation; None while unknown."""
        if self._first is None:
            return None
        return _per_step(self._first, self._last, self._idle)


def _per_step(start, end, idle=0.0):
    steps = end[1] - start[1]
    return max(end[0] - start[0] - idle, 0.0) / steps if steps > 0 else None


def _plain(rate):
    """A rate in a form that JSON can represent: None if unknown."""
    if rate is None or not math.isfinite(rate):
        return None
    return float(rate)
