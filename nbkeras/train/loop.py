"""The only training loop: a generator of events, and its siblings for the rest."""

import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import jax

from nbkeras.train import events
from nbkeras.train.control import Control
from nbkeras.train.interrupts import Interrupts

# Steps that may be queued on the device before the loop waits for the oldest. Two keep
# the device busy; more would only delay Ctrl-C and the progress line.
RUN_AHEAD = 2
# Within an epoch: how often a finished loss is looked at for NaN, and how often a
# snapshot is kept.
LOOK_EVERY_S = 1.0
KEEP_EVERY_S = 30.0


class Pacer:
    """Keeps at most RUN_AHEAD steps in flight, so that a stop is prompt."""

    def __init__(self):
        self._queue = deque()

    def add(self, value):
        """Note a dispatched step; returns the value of an older, finished one."""
        self._queue.append(value)
        if len(self._queue) <= RUN_AHEAD:
            return None
        oldest = self._queue.popleft()
        oldest.block_until_ready()
        return oldest

    def drain(self):
        """Wait for all steps."""
        while self._queue:
            self._queue.popleft().block_until_ready()


class Training:
    """One run of training. Iterate over `run()`; it yields every event but the last.

    Args:
        cell: the Cell that every step replaces.
        step: the jitted train step, `(ts, batch) -> (ts, logs)`.
        plan: has epochs, initial_epoch, initial_batch, batches(epoch, start) ->
            iterator of (batch, rows), validates(epoch) -> bool and started(seconds)
            -> FitStarted.
        control: what is asked of the run; looked at before each step.
        fresh_metrics: () -> running sums at zero.
        validate: (step) -> generator of events that returns {name: float}, or None.
        set_rate: (float) -> None, changes the learning rate.
        diverged: (epoch, batch) -> None, told when weights are no longer finite and
            the run has gone back to its snapshot.
        interrupts: told where an interrupt is safe.
        clock: seconds since the run began.

    `step_number` counts the steps taken, `epochs_done` the whole epochs.
    """

    def __init__(
        self,
        cell,
        step,
        plan,
        control,
        fresh_metrics,
        validate=None,
        set_rate=None,
        diverged=None,
        interrupts=None,
        clock=None,
    ):
        self.cell, self.step, self.plan, self.control = cell, step, plan, control
        self.fresh_metrics, self.validate = fresh_metrics, validate
        self.set_rate, self.diverged = set_rate, diverged
        self.interrupts = interrupts or Interrupts(control)
        self.clock = clock or stopwatch()
        self.step_number = self.epochs_done = 0
        self._looked = self._kept = self.clock()

    def run(self):
        """The events, `FitStarted` first."""
        plan, control = self.plan, self.control
        yield plan.started(self.clock())
        for epoch in range(plan.initial_epoch, plan.epochs):
            if control.status is not None:
                return
            self.cell.reset_metrics(self.fresh_metrics())
            yield events.EpochStarted(self.clock(), epoch)
            logs, rate, count, last = yield from self._epoch(epoch)
            if control.cut_short or not count:
                return
            logs = {name: events.as_float(value) for name, value in logs.items()}
            sound = self._sound(logs, epoch, last)
            if self.validate and sound and plan.validates(epoch):
                found = yield from self.validate(self.step_number)
                logs |= {f"val_{name}": value for name, value in found.items()}
                if control.cut_short:
                    return
            self.epochs_done += 1
            rate = None if rate is None else float(rate)
            yield events.EpochEnded(
                self.clock(), epoch, count, logs, self.step_number, rate
            )
            if sound:
                self.cell.snapshot()

    def _epoch(self, epoch):
        """The steps of one epoch; returns (logs, rate, steps, last batch's number)."""
        control, pacer = self.control, Pacer()
        logs, rate = {}, None
        start = self.plan.initial_batch if epoch == self.plan.initial_epoch else 0
        batch_no = start
        batches = self.plan.batches(epoch, start)
        try:
            while control.status is None:
                item = self.interrupts.fetch(batches, self.plan.rereadable)
                if item is None:
                    break
                # Only with a batch at hand, so that "one step" is a step.
                yield from self._edge(epoch, batch_no)
                if control.status is not None:
                    break
                batch, rows = item
                yield events.StepStarted(self.clock(), epoch, batch_no)
                logs = self.cell.advance(self.step, batch)
                rate = logs.pop("learning_rate", None)
                finished = pacer.add(logs["loss"])
                yield events.StepEnded(
                    self.clock(), epoch, batch_no, self.step_number, rows, logs, rate
                )
                batch_no, self.step_number = batch_no + 1, self.step_number + 1
                if self._looks_bad(finished):
                    break
        finally:
            close(batches)
        pacer.drain()
        return logs, rate, batch_no - start, batch_no - 1

    def _edge(self, epoch, batch):
        """Before a step: take up what was asked for, and wait while paused."""
        while (move := self.control.next_move()) is not None:
            if move.name == "learning_rate" and self.set_rate:
                self.set_rate(move.value)
            yield events.Steered(
                self.clock(), epoch, batch, self.step_number, move.name, move.value
            )
            if move.name == "validate" and self.validate:
                yield from self.validate(self.step_number)

    def _looks_bad(self, loss):
        """About once a second: whether the weights are lost to NaN. Keeps snapshots."""
        now = self.clock()
        if loss is None or now - self._looked < LOOK_EVERY_S:
            return False
        self._looked = now
        if not math.isfinite(loss):
            return not self.cell.is_sound()
        if now - self._kept > KEEP_EVERY_S:
            self._kept = now
            self.cell.snapshot()
        return False

    def _sound(self, logs, epoch, last):
        """Whether the weights are finite; if not, goes back to the snapshot and ends.

        A loss that is not finite is no proof: that of an empty batch is NaN too.
        """
        if math.isfinite(logs["loss"]) or self.cell.is_sound():
            return True
        ts = self.cell.ts
        batch = last - (int(ts.step) - 1 - int(ts.bad)) if ts.bad >= 0 else None
        self.cell.fall_back()
        self.control.stop()
        if self.diverged:
            self.diverged(epoch, batch)
        return False


@dataclass
class Pass:
    """One pass through data for `evaluate` or `predict`.

    Args:
        batches: iterator of (batch, rows).
        control: looked at before each step.
        steps: number of batches for displays, None if unknown.
        step: in a fit, the number of steps taken.
        rereadable: whether `batches` may be interrupted and read anew.
        interrupts: told where an interrupt is safe.
        clock: seconds since the run began.
    """

    batches: Iterator
    control: Control = field(default_factory=Control)
    steps: int | None = None
    step: int | None = None
    rereadable: bool = True
    interrupts: Interrupts = field(default_factory=Interrupts)
    clock: Callable = field(default_factory=lambda: stopwatch())

    def items(self):
        """The batches, up to a stop; closes the iterator at the end."""
        try:
            while not self.control.cut_short:
                item = self.interrupts.fetch(self.batches, self.rereadable)
                if item is None:
                    return
                yield item
        finally:
            close(self.batches)


def evaluate(values, step, data, sums):
    """Evaluate; yields events and returns {name: float}.

    Args:
        values: {path: array}.
        step: the jitted eval step, `(values, sums, batch) -> (sums, logs)`.
        data: a `Pass`.
        sums: running sums at zero.
    """
    clock, pacer, logs, number = data.clock, Pacer(), {}, -1
    yield events.EvaluateStarted(clock(), data.steps, data.step)
    for number, (batch, _) in enumerate(data.items()):
        yield events.EvaluateStepStarted(clock(), number)
        sums, logs = step(values, sums, batch)
        pacer.add(logs["loss"])
        yield events.EvaluateStepEnded(clock(), number, logs)
    found = {name: events.as_float(value) for name, value in logs.items()}
    if not data.control.cut_short:
        yield events.EvaluateEnded(clock(), found, data.step, number + 1)
    return found


def predict(values, step, data):
    """Predict; yields events and returns a list of (outputs, number of real rows).

    Args:
        values: {path: array}.
        step: the jitted predict step, `(values, x) -> outputs`.
        data: a `Pass`.
    """
    clock, outputs = data.clock, []
    yield events.PredictStarted(clock(), data.steps)
    for number, (batch, rows) in enumerate(data.items()):
        yield events.PredictStepStarted(clock(), number)
        y = step(values, batch[0])
        outputs.append((y, rows))
        if number >= RUN_AHEAD:
            jax.block_until_ready(outputs[number - RUN_AHEAD][0])
        yield events.PredictStepEnded(clock(), number, {"outputs": y})
    if not data.control.cut_short:
        yield events.PredictEnded(clock(), len(outputs))
    return outputs


def close(iterator):
    """Close a generator, or anything else that can be closed."""
    stop = getattr(iterator, "close", None)
    if stop:
        stop()


def stopwatch():
    """A clock that begins at 0 now."""
    start = time.monotonic()
    return lambda: time.monotonic() - start
