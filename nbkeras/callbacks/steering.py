"""Steering: replay the manual changes of a run, as a callback."""

from collections.abc import Iterable, Mapping
from typing import Any, Self

from nbkeras.callbacks.base import Callback
from nbkeras.core import check
from nbkeras.core.annotations import Logs
from nbkeras.train import events


class Steering(Callback):
    """Set learning rates at given steps, and stop at a given step.

    After a run with manual changes, `history.schedule` holds this callback, and
    `print(history.schedule.code)` prints the code that creates it. Starting from the
    same seed, it reproduces the same weights.

    Args:
        learning_rate: {step: rate}; steps are counted from 0 over the whole run, and
            the rate is set before that step.
        stop: number of steps after which training stops; None trains to the end.

    Raises:
        ValueError: a step is not an integer, or a rate is not a number of at least 0.
    """

    def __init__(
        self, learning_rate: Mapping[int, float] | None = None, stop: int | None = None
    ) -> None:
        super().__init__()
        self.learning_rate = {
            check.whole("Steering", "learning_rate's step", step): check.number(
                "Steering", "learning_rate's rate", rate, 0, example=0.001
            )
            for step, rate in dict(learning_rate or {}).items()
        }
        if stop is not None:
            stop = check.positive_int("Steering", "stop", stop, example=100)
        self.stop = stop
        self._step = 0

    @classmethod
    def from_events(cls, stream: Iterable[Any]) -> Self:
        """Create a Steering from the events of a run."""
        steering = cls()
        for event in stream:
            steering.note(event)
        return steering

    def note(self, event: Any) -> None:
        """Record an event of a run if it changes the learning rate or stops it."""
        if isinstance(event, events.Steered) and event.move == "learning_rate":
            self.learning_rate[event.step] = event.value
        elif isinstance(event, events.FitEnded) and event.cut_short and event.step:
            self.stop = event.step

    def on_train_begin(self, logs: Logs = None) -> None:
        """Reset the step counter."""
        self._step = 0

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Set the learning rate of this step."""
        rate = self.learning_rate.get(self._step)
        if rate is not None:
            self.model.optimizer.learning_rate = rate

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Count the step, and stop training at step `stop`."""
        self._step += 1
        if self._step == self.stop:
            self.model.stop_training = True

    @property
    def code(self) -> str:
        """Code that creates this callback; empty if nothing was changed."""
        parts = []
        if self.learning_rate:
            parts.append(f"learning_rate={self.learning_rate!r}")
        if self.stop is not None:
            parts.append(f"stop={self.stop}")
        if not parts:
            return ""
        return (
            "from nbkeras.callbacks import Steering\n\n"
            f"steering = Steering({', '.join(parts)})\n"
            "# Make the model as before, from the same seed, and train it so:\n"
            "# model.fit(..., callbacks=[steering])\n"
        )

    def __repr__(self):
        return f"Steering(learning_rate={self.learning_rate!r}, stop={self.stop!r})"
