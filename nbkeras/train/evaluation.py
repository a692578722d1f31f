"""Evaluation and prediction: generators of events over one pass through the data."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

import jax

from nbkeras.core.machine.interactions import interactions
from nbkeras.train import events
from nbkeras.train.control import Control
from nbkeras.train.interrupts import Interrupts
from nbkeras.train.pacing import RUN_AHEAD, Pacer, close, stopwatch

ReadValues = Callable[[], dict[str, jax.Array]]


@dataclass
class Pass:
    """One pass through data for `evaluate` or `predict`.

    Args:
        batches: iterator of (batch, number of valid rows).
        control: the `Control`, checked before each step.
        steps: number of batches for displays; None if unknown.
        step: in a fit, the number of training steps taken.
        rereadable: whether the data can be read again after an interrupt.
        interrupts: learns where an interrupt is safe.
        clock: () -> seconds since the run began.
        is_ended: () -> whether a callback ended the pass early.
    """

    batches: Iterator
    control: Control = field(default_factory=Control)
    steps: int | None = None
    step: int | None = None
    rereadable: bool = True
    interrupts: Interrupts = field(default_factory=Interrupts)
    clock: Callable = field(default_factory=stopwatch)
    is_ended: Callable[[], bool] = bool

    def items(self) -> Iterator[Any]:
        """The (batch, rows), until the run is stopped; then closes the iterator."""
        try:
            while not self.control.cut_short and not self.is_ended():
                item = self.interrupts.fetch(self.batches, self.rereadable)
                if item is None:
                    return
                interactions.wait(lambda: self.control.status is not None)
                yield item
        finally:
            close(self.batches)


def evaluate(
    read_values: ReadValues, step: Any, data: Any, sums: Any
) -> Generator[Any, Any, dict[str, Any]]:
    """Evaluate; yields events and returns {name: float}.

    Args:
        read_values: () -> {path: array}; called after the callbacks' begin hooks, which
            may change weights.
        step: the jitted evaluation step, `(values, sums, batch) -> (sums, logs)`.
        data: a `Pass`.
        sums: the initial running sums of the metrics.
    """
    clock, pacer, logs, number = data.clock, Pacer(), {}, -1
    yield events.EvaluateStarted(clock(), data.steps, data.step)
    values = read_values()
    for number, (batch, _) in enumerate(data.items()):
        yield events.EvaluateStepStarted(clock(), number)
        sums, logs = step(values, sums, batch)
        pacer.add(events.main_value(logs))
        yield events.EvaluateStepEnded(clock(), number, logs)
    results = {name: events.as_float(value) for name, value in logs.items()}
    if not data.control.cut_short:
        yield events.EvaluateEnded(clock(), results, data.step, number + 1)
    return results


def predict(
    read_values: ReadValues, step: Any, data: Any
) -> Generator[Any, Any, list[Any]]:
    """Predict; yields events and returns a list of (outputs, number of valid rows).

    Args:
        read_values: () -> {path: array}; called after the callbacks' begin hooks, which
            may change weights.
        step: the jitted prediction step, `(values, x) -> outputs`.
        data: a `Pass`.
    """
    clock, outputs = data.clock, []
    yield events.PredictStarted(clock(), data.steps)
    values = read_values()
    for number, (batch, rows) in enumerate(data.items()):
        yield events.PredictStepStarted(clock(), number)
        y = step(values, batch[0])
        outputs.append((y, rows))
        if number >= RUN_AHEAD:
            jax.block_until_ready(outputs[number - RUN_AHEAD][0])
        yield events.PredictStepEnded(clock(), number, {"outputs": valid_rows(y, rows)})
    if not data.control.cut_short:
        yield events.PredictEnded(clock(), len(outputs))
    return outputs


def valid_rows(outputs: Any, rows: int) -> Any:
    """The outputs of a batch without those of padding rows."""
    return jax.tree.map(lambda a: a if len(a) == rows else a[:rows], outputs)
