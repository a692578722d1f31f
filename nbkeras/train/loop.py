"""The only training loop: a generator of events."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from nbkeras.train import events
from nbkeras.train.interrupts import Interrupts
from nbkeras.train.logs import LogsDict
from nbkeras.train.pacing import Pacer, close, stopwatch

if TYPE_CHECKING:
    from nbkeras.train.control import Control
    from nbkeras.train.events import Event
    from nbkeras.train.multi_step import MultiStepDispatch
    from nbkeras.train.state import Cell

# Within an epoch: how often a finished loss is looked at for NaN, and how often a
# snapshot is kept.
LOOK_EVERY_S = 1.0
KEEP_EVERY_S = 30.0


class Plan:
    """What `Training` reads of a run; a subclass gives `batches`, and what differs.

    `initial_batch` is where the first epoch begins, `initial_metrics` what its running
    metrics are there, None for a whole epoch, and `initial_logs` their results;
    `rereadable` says whether waiting for data may be interrupted at once,
    `looks` whether to look for NaN within an epoch.
    """

    epochs = 1
    initial_epoch = 0
    initial_batch = 0
    initial_metrics = None
    initial_logs = {}
    rereadable = True
    looks = True

    def batches(self, epoch: int, start: int) -> Any:
        """Iterator of (batch, rows) of an epoch, from batch number `start` on."""
        raise TypeError(
            f"{type(self).__name__} has no `batches`. Write "
            "`def batches(self, epoch, start): yield batch, rows`."
        )

    def validates(self, epoch: int) -> bool:
        """Whether the epoch ends with a validation."""
        return False

    def started(self, seconds: float) -> Event:
        """The first event."""
        return events.FitStarted(seconds, self.epochs, self.initial_epoch)


class _Here:
    """Where an epoch stands: the next batch's number, the newest logs and rate."""

    def __init__(self, epoch, batch, logs):
        self.epoch, self.batch, self.logs = epoch, batch, logs
        self.rate, self.pacer = None, Pacer()

    def end(self, logs):
        """Keep the logs of the newest step."""
        self.rate, self.logs = logs.pop("learning_rate", None), logs


class Training:
    """One run of training. Iterate over `run()`; it yields every event but the last.

    Args:
        cell: the Cell that every step replaces.
        step: the jitted train step, `(ts, batch) -> (ts, logs)`.
        plan: a `Plan`.
        control: what is asked of the run; looked at before each step.
        fresh_metrics: () -> running sums at zero.
        validate: (step) -> generator of events that returns {name: float}, or None.
        set_rate: (float) -> None, changes the learning rate.
        diverged: (epoch, batch) -> None, told when weights are no longer finite and
            the run has gone back to its snapshot.
        interrupts: told where an interrupt is safe.
        clock: seconds since the run began.
        multi_step: `MultiStepDispatch`, to take several steps in one dispatch where
            nobody steers; None for one at a time.

    `step_number` counts the steps taken, `epochs_done` the whole epochs.
    """

    def __init__(
        self,
        cell: Cell,
        step: Any,
        plan: Plan,
        control: Control,
        fresh_metrics: Callable[[], Any],
        validate: Callable[[int], Any] | None = None,
        set_rate: Callable[[float], None] | None = None,
        diverged: Callable[[int, int | None], None] | None = None,
        interrupts: Interrupts | None = None,
        clock: Callable[[], float] | None = None,
        multi_step: MultiStepDispatch | None = None,
    ) -> None:
        self.cell, self.step, self.plan, self.control = cell, step, plan, control
        self.fresh_metrics, self.validate = fresh_metrics, validate
        self.set_rate, self.diverged = set_rate, diverged
        self.interrupts = interrupts or Interrupts(control)
        self.clock = clock or stopwatch()
        self.multi_step: Any = multi_step
        self.step_number = self.epochs_done = 0
        self._looked = self._kept = self.clock()

    def run(self) -> Iterator[Event]:
        """The events, `FitStarted` first."""
        plan, control = self.plan, self.control
        yield plan.started(self.clock())
        for epoch in range(plan.initial_epoch, plan.epochs):
            if control.status is not None:
                return
            sums = plan.initial_metrics if epoch == plan.initial_epoch else None
            self.cell.reset_metrics(self.fresh_metrics() if sums is None else sums)
            yield events.EpochStarted(self.clock(), epoch)
            logs, rate, count = yield from self._epoch(epoch)
            if control.cut_short or not count:
                return
            logs = {name: events.as_float(value) for name, value in logs.items()}
            sound = self._sound(logs, epoch, count - 1)
            if self.validate and sound and plan.validates(epoch):
                val_logs = yield from self.validate(self.step_number)
                logs |= {f"val_{name}": value for name, value in val_logs.items()}
                if control.cut_short:
                    return
            self.epochs_done += 1
            rate = None if rate is None else float(rate)
            yield events.EpochEnded(
                self.clock(), epoch, count, LogsDict(logs), self.step_number, rate
            )
            if sound:
                self.cell.snapshot()

    def _epoch(self, epoch):
        """The steps of one epoch; returns (logs, rate, number of its batches)."""
        control, start, logs = self.control, 0, {}
        if epoch == self.plan.initial_epoch:
            start, logs = self.plan.initial_batch, dict(self.plan.initial_logs)
        here = _Here(epoch, start, logs)
        batches = self.plan.batches(epoch, start)

        def fetch():
            return self.interrupts.fetch(batches, self.plan.rereadable)

        try:
            while control.status is None:
                item = fetch()
                if item is None:
                    break
                # Only with a batch at hand, so that "one step" is a step.
                yield from self._edge(epoch, here.batch)
                if control.status is not None:
                    break
                items = [item]
                if self.multi_step and control.unattended:
                    items = self.multi_step.rest(item, fetch)
                taken = self._together if len(items) > 1 else self._alone
                finished = yield from taken(here, items)
                if self._looks_bad(finished):
                    break
        finally:
            close(batches)
        here.pacer.drain()
        return here.logs, here.rate, here.batch

    def _alone(self, here, items):
        """One step; returns the loss of an older, finished one."""
        ((batch, rows),) = items
        yield events.StepStarted(self.clock(), here.epoch, here.batch)
        if self.multi_step:
            # The same program as for many, so that numbers are the same.
            _, logs = self.multi_step.run(self.cell, items)
        else:
            logs = self.cell.advance(self.step, batch)
        here.end(logs)
        finished = here.pacer.add(events.watched(logs))
        yield self._ended(here, rows, logs, here.rate)
        return finished

    def _together(self, here, items):
        """Several steps in one dispatch, then the events of each."""
        step_logs, last = self.multi_step.run(self.cell, items)
        here.end(last)
        finished = here.pacer.add(events.watched(last))
        taken = self.step_number + len(items)
        try:
            for (_, rows), logs in zip(items, step_logs, strict=True):
                rate = logs.pop("learning_rate", None)
                yield events.StepStarted(self.clock(), here.epoch, here.batch)
                yield self._ended(here, rows, logs, rate)
        finally:
            self.step_number = taken
        return finished

    def _ended(self, here, rows, logs, rate):
        batch, step = here.batch, self.step_number
        here.batch, self.step_number = batch + 1, step + 1
        return events.StepEnded(self.clock(), here.epoch, batch, step, rows, logs, rate)

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
        early = now - self._looked < LOOK_EVERY_S
        if loss is None or early or not self.plan.looks:
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
        loss = events.watched(logs)
        if loss is None or math.isfinite(loss) or self.cell.is_sound():
            return True
        ts = self.cell.ts
        batch = last - (int(ts.step) - 1 - int(ts.bad)) if ts.bad >= 0 else None
        self.cell.fall_back()
        self.control.stop()
        if self.diverged:
            self.diverged(epoch, batch)
        return False
