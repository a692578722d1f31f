"""Steering: replay the manual changes of a run, as a callback."""

from collections.abc import Iterable, Mapping
from typing import Any, Self

from nbkeras.callbacks.base import Callback
from nbkeras.core import check
from nbkeras.core.annotations import Logs
from nbkeras.train import events


class Steering(Callback):
    """Set learning rates and loss weights at given steps, and stop at a given step.

    After a run with manual changes, `history.schedule` holds this callback, and
    `print(history.schedule.code)` prints the code that creates it. Starting from the
    same seed, it reproduces the same weights.

    Args:
        learning_rate: {step: rate}; steps are counted from 0 over the whole run, and
            the rate is set before that step.
        stop: number of steps after which training stops; None trains to the end.
        loss_weights: {step: {output: weight of its loss}}, set before that step.

    Raises:
        ValueError: a step is not an integer, or a rate or weight is not a number of at
            least 0.
    """

    def __init__(
        self,
        learning_rate: Mapping[int, float] | None = None,
        stop: int | None = None,
        loss_weights: Mapping[int, Mapping[str, float]] | None = None,
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
        self.loss_weights = {
            check.whole("Steering", "loss_weights' step", step): {
                output: check.number(
                    "Steering", "loss_weights' weight", weight, 0, example=0.5
                )
                for output, weight in weights.items()
            }
            for step, weights in dict(loss_weights or {}).items()
        }
        self._step = 0

    @classmethod
    def from_events(cls, stream: Iterable[Any]) -> Self:
        """Create a Steering from the events of a run."""
        steering = cls()
        for event in stream:
            steering.note(event)
        return steering

    def note(self, event: Any) -> None:
        """Record an event of a run if it changes rate or loss weights, or stops it."""
        if isinstance(event, events.Steered) and event.move == "learning_rate":
            self.learning_rate[event.step] = event.value
        elif isinstance(event, events.Steered) and event.move == "loss_weight":
            weights = self.loss_weights.setdefault(event.step, {})
            weights[event.output] = event.value
        elif isinstance(event, events.FitEnded) and event.cut_short and event.step:
            self.stop = event.step

    def on_train_begin(self, logs: Logs = None) -> None:
        """Reset the step counter."""
        self._step = 0

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Set the learning rate and the loss weights of this step."""
        rate = self.learning_rate.get(self._step)
        if rate is not None:
            self.model.optimizer.learning_rate = rate
        for output, weight in self.loss_weights.get(self._step, {}).items():
            self.model.set_loss_weight(output, weight)

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
        if self.loss_weights:
            parts.append(f"loss_weights={self.loss_weights!r}")
        if not parts:
            return ""
        return (
            "from nbkeras.callbacks import Steering\n\n"
            f"steering = Steering({', '.join(parts)})\n"
            "# Make the model as before, from the same seed, and train it so:\n"
            "# model.fit(..., callbacks=[steering])\n"
        )

    def __repr__(self):
        weights = f", loss_weights={self.loss_weights!r}" if self.loss_weights else ""
        return (
            f"Steering(learning_rate={self.learning_rate!r}, stop={self.stop!r}"
            f"{weights})"
        )
