"""The only training loop: a generator of events, and its siblings for the rest."""

import time
from collections import deque

import jax

from nbkeras.train import events
from nbkeras.train.control import safe_wait

# Steps that may be queued on the device before the loop waits for the oldest. Two keep
# the device busy; more would only delay Ctrl-C and the progress line.
RUN_AHEAD = 2


class Pacer:
    """Keeps at most RUN_AHEAD steps in flight, so that a stop is prompt."""

    def __init__(self):
        self._queue = deque()

    def add(self, logs):
        """Note a dispatched step; wait for the one RUN_AHEAD before it."""
        self._queue.append(next(iter(logs.values())))
        if len(self._queue) > RUN_AHEAD:
            self._queue.popleft().block_until_ready()

    def drain(self):
        """Wait for all steps."""
        while self._queue:
            self._queue.popleft().block_until_ready()


def run(cell, step, plan, control, validate=None, fresh_metrics=None):
    """Train; yields events from `FitStarted` to the last `EpochEnded`.

    Args:
        cell: the Cell that every step replaces.
        step: the jitted train step, `(ts, batch) -> (ts, logs)`.
        plan: has epochs, initial_epoch, steps (an epoch, or None), batches(epoch) ->
            iterator of (batch, rows), validates(epoch) -> bool, metric_names.
        control: looked at after each step.
        validate: () -> generator of events that returns {name: float}.
        fresh_metrics: () -> running sums at zero.
    """
    clock = _clock()
    pacer = Pacer()
    done = 0
    yield events.FitStarted(
        clock(), plan.epochs, plan.initial_epoch, plan.steps, plan.metric_names
    )
    for epoch in range(plan.initial_epoch, plan.epochs):
        if control.status is not None:
            return
        cell.reset_metrics(fresh_metrics())
        yield events.EpochStarted(clock(), epoch)
        logs, batch_no = {}, 0
        batches = plan.batches(epoch)
        try:
            while control.status is None:
                item = _next(batches, control)
                if item is None:
                    break
                batch, rows = item
                yield events.StepStarted(clock(), epoch, batch_no)
                logs = cell.advance(step, batch)
                pacer.add(logs)
                yield events.StepEnded(clock(), epoch, batch_no, done, rows, logs)
                batch_no, done = batch_no + 1, done + 1
                control.wait()
        finally:
            _close(batches)
        pacer.drain()
        if not batch_no:
            return
        logs = {name: events.as_float(value) for name, value in logs.items()}
        if validate and control.status is None and plan.validates(epoch):
            found = yield from validate()
            logs |= {f"val_{name}": value for name, value in found.items()}
        yield events.EpochEnded(clock(), epoch, batch_no, logs)


def evaluate(values, step, batches, control, sums, steps=None):
    """Evaluate; yields events and returns {name: float}.

    Args:
        values: {path: array}.
        step: the jitted eval step, `(values, sums, batch) -> (sums, logs)`.
        batches: iterator of (batch, rows).
        control: looked at after each step.
        sums: running sums at zero.
        steps: number of batches for the progress display, None if unknown.
    """
    clock, pacer, logs, number = _clock(), Pacer(), {}, 0
    yield events.EvaluateStarted(clock(), steps)
    try:
        while control.status is None:
            item = _next(batches, control)
            if item is None:
                break
            yield events.EvaluateStepStarted(clock(), number)
            sums, logs = step(values, sums, item[0])
            pacer.add(logs)
            yield events.EvaluateStepEnded(clock(), number, logs)
            number += 1
    finally:
        _close(batches)
    found = {name: events.as_float(value) for name, value in logs.items()}
    yield events.EvaluateEnded(clock(), found)
    return found


def predict(values, step, batches, control, steps=None):
    """Predict; yields events and returns a list of outputs, cut to the real rows."""
    clock, number, outputs = _clock(), 0, []
    yield events.PredictStarted(clock(), steps)
    try:
        while control.status is None:
            item = _next(batches, control)
            if item is None:
                break
            batch, rows = item
            yield events.PredictStepStarted(clock(), number)
            y = step(values, batch[0])
            outputs.append((y, rows))
            if number >= RUN_AHEAD:
                jax.block_until_ready(outputs[number - RUN_AHEAD][0])
            yield events.PredictStepEnded(clock(), number, {"outputs": y})
            number += 1
    finally:
        _close(batches)
    yield events.PredictEnded(clock())
    return outputs


def _next(batches, control):
    """The next item or None at the end; waiting for data may be interrupted."""
    with safe_wait(control):
        return next(batches, None)


def _close(batches):
    close = getattr(batches, "close", None)
    if close:
        close()


def _clock():
    start = time.monotonic()
    return lambda: time.monotonic() - start
