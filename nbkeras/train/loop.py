"""The training loop: a generator of events."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from nbkeras.train import events
from nbkeras.train.interrupts import Interrupts
from nbkeras.train.logs_dict import LogsDict
from nbkeras.train.pacing import Pacer, close, stopwatch

if TYPE_CHECKING:
    from nbkeras.train.control import Control
    from nbkeras.train.events import Event
    from nbkeras.train.multi_step import MultiStepDispatch
    from nbkeras.train.state import Cell

# Within an epoch: how often a finished loss is checked for NaN, and how often a
# snapshot is taken.
NAN_CHECK_EVERY_S = 1.0
SNAPSHOT_EVERY_S = 30.0


class Plan:
    """The plan of a run for `Training`; a subclass defines at least `batches`.

    The first epoch begins at batch `initial_batch` with the running metrics
    `initial_metrics` (None at the start of an epoch), whose results are `initial_logs`.
    `rereadable` tells whether the wait for data may be interrupted at once, `looks`
    whether to check for NaN within an epoch.
    """

    epochs = 1
    initial_epoch = 0
    initial_batch = 0
    initial_metrics = None
    initial_logs = {}
    rereadable = True
    looks = True

    def batches(self, epoch: int, start: int) -> Any:
        """Iterate over the (batch, rows) of an epoch, from batch `start` on."""
        raise TypeError(
            f"{type(self).__name__} has no `batches`. Write "
            "`def batches(self, epoch, start): yield batch, rows`."
        )

    def validates(self, epoch: int) -> bool:
        """Whether the epoch ends with validation."""
        return False

    def started(self, seconds: float) -> Event:
        """The first event of the run."""
        return events.FitStarted(seconds, self.epochs, self.initial_epoch)


class _EpochProgress:
    """Progress within an epoch: the next batch, the latest logs and learning rate."""

    def __init__(self, epoch, batch, logs):
        self.epoch, self.batch, self.logs = epoch, batch, logs
        self.rate, self.pacer = None, Pacer()

    def end(self, logs):
        """Store the logs of the latest step."""
        self.rate, self.logs = logs.pop("learning_rate", None), logs


class Training:
    """One run of training. Iterate over `run()`, which yields all events but the last.

    Args:
        cell: the Cell that holds the training state; each step replaces the state.
        step: the jitted training step, `(ts, batch) -> (ts, logs)`.
        plan: a `Plan`.
        control: the `Control` whose requests are served before each step.
        fresh_metrics: () -> initial running sums of the metrics.
        validate: (step) -> generator of events that returns {name: float}, or None.
        set_rate: (float) -> None, sets the learning rate.
        set_loss_weight: (output, float) -> None, sets the weight of one loss.
        diverged: (epoch, batch) -> None, called when the weights are not finite and the
            snapshot has been restored.
        interrupts: learns where an interrupt is safe.
        clock: () -> seconds since the run began.
        multi_step: `MultiStepDispatch`, to take several steps per dispatch while there
            are no requests; None takes one step at a time.

    `step_number` counts the steps taken, `epochs_done` the complete epochs.
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
        set_loss_weight: Callable[[str, float], None] | None = None,
    ) -> None:
        self.cell, self.step, self.plan, self.control = cell, step, plan, control
        self.fresh_metrics, self.validate = fresh_metrics, validate
        self.set_rate, self.diverged = set_rate, diverged
        self.set_loss_weight = set_loss_weight
        self.interrupts = interrupts or Interrupts(control)
        self.clock = clock or stopwatch()
        self.multi_step: Any = multi_step
        self.step_number = self.epochs_done = 0
        self._checked_at = self._snapshot_at = self.clock()

    def run(self) -> Iterator[Event]:
        """Train, and yield the events, `FitStarted` first."""
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
            is_sound = self._is_sound(logs, epoch, count - 1)
            if self.validate and is_sound and plan.validates(epoch):
                val_logs = yield from self.validate(self.step_number)
                logs |= {f"val_{name}": value for name, value in val_logs.items()}
                if control.cut_short:
                    return
            elif self.validate and plan.validates(epoch):
                # The weights were not finite: neither would be their results.
                logs |= {f"val_{name}": math.nan for name in logs}
            self.epochs_done += 1
            rate = None if rate is None else float(rate)
            yield events.EpochEnded(
                self.clock(), epoch, count, LogsDict(logs), self.step_number, rate
            )
            if is_sound:
                self.cell.snapshot()

    def _epoch(self, epoch):
        """The steps of one epoch; returns (logs, learning rate, number of batches)."""
        control, start, logs = self.control, 0, {}
        if epoch == self.plan.initial_epoch:
            start, logs = self.plan.initial_batch, dict(self.plan.initial_logs)
        progress = _EpochProgress(epoch, start, logs)
        batches = self.plan.batches(epoch, start)

        def fetch():
            return self.interrupts.fetch(batches, self.plan.rereadable)

        try:
            while control.status is None:
                item = fetch()
                if item is None:
                    break
                # After the batch is read, so that a request for one step takes one.
                yield from self._serve_requests(epoch, progress.batch)
                if control.status is not None:
                    break
                items = [item]
                if self.multi_step and control.unattended:
                    items = self.multi_step.rest(item, fetch)
                take = self._many_steps if len(items) > 1 else self._one_step
                finished = yield from take(progress, items)
                if self._has_diverged(finished):
                    break
        finally:
            close(batches)
        progress.pacer.drain()
        return progress.logs, progress.rate, progress.batch

    def _one_step(self, progress, items):
        """Take one step; returns the loss of an earlier step that has finished."""
        ((batch, rows),) = items
        yield events.StepStarted(self.clock(), progress.epoch, progress.batch)
        if self.multi_step:
            # The program of several steps, so that the results are identical.
            _, logs = self.multi_step.run(self.cell, items)
        else:
            logs = self.cell.advance(self.step, batch)
        progress.end(logs)
        finished = progress.pacer.add(events.main_value(logs))
        yield self._ended(progress, rows, logs, progress.rate)
        return finished

    def _many_steps(self, progress, items):
        """Take several steps in one dispatch, then yield the events of each."""
        step_logs, last = self.multi_step.run(self.cell, items)
        progress.end(last)
        finished = progress.pacer.add(events.main_value(last))
        total = self.step_number + len(items)
        try:
            for (_, rows), logs in zip(items, step_logs, strict=True):
                rate = logs.pop("learning_rate", None)
                yield events.StepStarted(self.clock(), progress.epoch, progress.batch)
                yield self._ended(progress, rows, logs, rate)
        finally:
            self.step_number = total
        return finished

    def _ended(self, progress, rows, logs, rate):
        batch, step = progress.batch, self.step_number
        progress.batch, self.step_number = batch + 1, step + 1
        return events.StepEnded(
            self.clock(), progress.epoch, batch, step, rows, logs, rate
        )

    def _serve_requests(self, epoch, batch):
        """Serve the requests of `control` before a step; blocks while paused."""
        while (move := self.control.next_move()) is not None:
            output, value = (
                move.value if move.name == "loss_weight" else ("", move.value)
            )
            if move.name == "learning_rate" and self.set_rate:
                self.set_rate(value)
            if move.name == "loss_weight" and self.set_loss_weight:
                self.set_loss_weight(output, value)
            yield events.Steered(
                self.clock(),
                epoch,
                batch,
                self.step_number,
                move.name,
                value,
                output,
            )
            if move.name == "validate" and self.validate:
                yield from self.validate(self.step_number)

    def _has_diverged(self, loss):
        """Check once a second whether the weights have NaN; take snapshots."""
        now = self.clock()
        early = now - self._checked_at < NAN_CHECK_EVERY_S
        if loss is None or early or not self.plan.looks:
            return False
        self._checked_at = now
        if not math.isfinite(loss):
            return not self.cell.is_sound()
        if now - self._snapshot_at > SNAPSHOT_EVERY_S:
            self._snapshot_at = now
            self.cell.snapshot()
        return False

    def _is_sound(self, logs, epoch, last):
        """Whether the weights are finite; if not, restore the snapshot and stop.

        The loss alone does not decide: that of a batch of zero weight is NaN too.
        """
        loss = events.main_value(logs)
        if loss is None or math.isfinite(loss) or self.cell.is_sound():
            return True
        ts = self.cell.ts
        batch = last - (int(ts.step) - 1 - int(ts.bad)) if ts.bad >= 0 else None
        self.cell.fall_back()
        self.control.stop()
        if self.diverged:
            self.diverged(epoch, batch)
        return False
