"""The events of a run: one frozen dataclass for each kind."""

import math
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Self

import numpy as np


class Status(StrEnum):
    """The state of a run, with the same words in Python, JSON and JavaScript."""

    STARTING = "starting"
    RUNNING = "running"
    VALIDATING = "validating"
    PAUSED = "paused"
    COMPLETED = "completed"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FAILED = "failed"

    @property
    def is_active(self) -> bool:
        """Whether the run has not ended, so that it accepts requests."""
        return self in (self.STARTING, self.RUNNING, self.VALIDATING, self.PAUSED)


@dataclass(frozen=True)
class Event:
    """Base class; `seconds` since the run began, on a monotonic clock."""

    seconds: float = 0.0

    def host(self) -> Self:
        """The same event with its numbers as floats; waits for the device."""
        changes = {}
        logs, rate = (getattr(self, name, None) for name in ("logs", "learning_rate"))
        if logs:
            changes["logs"] = {name: as_float(v) for name, v in logs.items()}
        if rate is not None and hasattr(rate, "__array__"):
            changes["learning_rate"] = float(rate)
        return replace(self, **changes) if changes else self

    def to_json(self) -> dict[str, Any]:
        """The event as data for strict JSON, with its kind; NaN becomes "nan"."""
        data = {f.name: getattr(self.host(), f.name) for f in fields(self)}
        return {"event": type(self).__name__, **_strict(data)}


@dataclass(frozen=True)
class FitStarted(Event):
    """Before the first epoch.

    Args:
        epochs: the epoch to end before, counted from 0.
        initial_epoch: the first epoch, counted from 0.
        steps: batches per epoch; None if unknown.
        metrics: names in the logs of a step.
        batch_size: rows per step; None if unknown.
        validation: whether epochs end with validation.
        learning_rate: the learning rate of the first step.
        epochs_done: whole epochs that the weights were trained for before this run.
        steps_done: steps taken before this run, since the model was compiled.
        seed: determines the order of rows and the random numbers of the run.
        loss_weights: {output: factor of its loss} of the first step, if there are
            several losses.
        privacy: of private training, "delta" and "parts": what was spent before, as
            [sampling rate, noise, steps]; each step of the run adds to the last part.
    """

    epochs: int = 1
    initial_epoch: int = 0
    steps: int | None = None
    metrics: tuple = ()
    batch_size: int | None = None
    validation: bool = False
    learning_rate: float | None = None
    epochs_done: int = 0
    steps_done: int = 0
    seed: int | None = None
    loss_weights: dict = field(default_factory=dict)
    privacy: dict = field(default_factory=dict)

    @property
    def total_steps(self) -> int | None:
        """Steps of the whole run; None if unknown."""
        epochs = max(self.epochs - self.initial_epoch, 0)
        return None if self.steps is None else self.steps * epochs


@dataclass(frozen=True)
class EpochStarted(Event):
    """Before the first step of an epoch; epochs count from 0."""

    epoch: int = 0


@dataclass(frozen=True)
class StepStarted(Event):
    """Before a step; `batch` counts from 0 within the epoch."""

    epoch: int = 0
    batch: int = 0


@dataclass(frozen=True)
class StepEnded(Event):
    """After a step was dispatched; its results may still be computed on the device.

    Args:
        epoch: counted from 0.
        batch: counted from 0 within the epoch.
        step: counted from 0 within the run.
        rows: examples in the batch, without padding.
        logs: {name: scalar}, running means of the epoch; floats after `host()`.
        learning_rate: the learning rate of this step, a scalar likewise.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    rows: int = 0
    logs: dict = field(default_factory=dict)
    learning_rate: Any = None


@dataclass(frozen=True)
class Steered(Event):
    """A request of `Control` was served before step `step`.

    These events and the seed of `FitStarted` make a run reproducible. `move` is
    "pause", "resume", "step", "speed", "learning_rate", "loss_weight" or "validate";
    `value` is the new learning rate, the maximum steps per second (None for no limit),
    or the new weight of the loss of `output`.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    move: str = ""
    value: float | None = None
    output: str = ""


@dataclass(frozen=True)
class EpochEnded(Event):
    """After all steps of an epoch and its validation.

    Args:
        epoch: counted from 0.
        steps: number of batches in the epoch.
        logs: {name: float}; validation results have the prefix "val_".
        step: steps taken so far in the run.
        learning_rate: the learning rate of the last step.
    """

    epoch: int = 0
    steps: int = 0
    logs: dict = field(default_factory=dict)
    step: int = 0
    learning_rate: float | None = None


@dataclass(frozen=True)
class FitEnded(Event):
    """The last event of every fit, also of a failed one.

    Args:
        status: how the run ended.
        logs: {name: float} of the last epoch; running means if it was cut short.
        error: one line, for a run that failed.
        epochs: whole epochs of this run.
        step: steps of this run.
        cut_short: whether the user ended the run, by Stop or an interrupt.
    """

    status: Status = Status.COMPLETED
    logs: dict = field(default_factory=dict)
    error: str = ""
    epochs: int = 0
    step: int = 0
    cut_short: bool = False


@dataclass(frozen=True)
class EvaluateStarted(Event):
    """Before an evaluation; in a fit, `step` is the number of steps taken so far."""

    steps: int | None = None
    step: int | None = None


@dataclass(frozen=True)
class EvaluateStepStarted(Event):
    """`batch` counts from 0."""

    batch: int = 0


@dataclass(frozen=True)
class EvaluateStepEnded(Event):
    """After a batch; `logs` are running results, which may still be computed."""

    batch: int = 0
    logs: dict = field(default_factory=dict)


@dataclass(frozen=True)
class EvaluateEnded(Event):
    """After all batches; `logs` are floats, `step` is as in `EvaluateStarted`."""

    logs: dict = field(default_factory=dict)
    step: int | None = None
    steps: int = 0


@dataclass(frozen=True)
class PredictStarted(Event):
    """Before the first batch of `predict`."""

    steps: int | None = None


@dataclass(frozen=True)
class PredictStepStarted(Event):
    """`batch` counts from 0."""

    batch: int = 0


@dataclass(frozen=True)
class PredictStepEnded(Event):
    """After a batch; `logs["outputs"]` is its prediction."""

    batch: int = 0
    logs: dict = field(default_factory=dict)

    def host(self) -> Self:
        """The event itself: outputs stay arrays."""
        return self

    def to_json(self) -> dict[str, Any]:
        """The event as data without the outputs, which may be large."""
        return replace(self, logs={}).to_json() if self.logs else super().to_json()


@dataclass(frozen=True)
class PredictEnded(Event):
    """After the last batch of `predict`."""

    steps: int = 0


KINDS = {kind.__name__: kind for kind in Event.__subclasses__()}


def from_json(data: Any) -> Event:
    """Create an event from the result of `to_json`.

    Raises:
        ValueError: the kind or a field is unknown.
    """
    data = dict(data)
    kind = KINDS.get(data.pop("event", None))
    if kind is None:
        raise ValueError(f"Not an event: the kinds are {', '.join(KINDS)}.")
    field_names = {f.name for f in fields(kind)}
    unknown = set(data) - field_names
    if unknown:
        raise ValueError(f"{kind.__name__} has no fields {sorted(unknown)}.")
    if "status" in data:
        data["status"] = Status(data["status"])
    if "metrics" in data:
        data["metrics"] = tuple(data["metrics"])
    if "logs" in data:
        data["logs"] = {name: _number(value) for name, value in data["logs"].items()}
    for name in ("seconds", "learning_rate", "value"):
        if name in data:
            data[name] = _number(data[name])
    return kind(**data)


def is_sound(event: Event) -> bool:
    """Whether the fields of an event, read from a file, have the expected types."""
    if not isinstance(event.seconds, int | float):
        return False
    if not isinstance(getattr(event, "logs", {}), dict):
        return False
    whole = ("epoch", "epochs", "initial_epoch", "steps", "step", "epochs_done")
    numbers = [getattr(event, name, None) for name in whole]
    return all(n is None or isinstance(n, int) for n in numbers)


def _strict(value) -> Any:
    """`value` as data for strict JSON: lists for arrays, strings for NaN."""
    if isinstance(value, dict):
        return {key: _strict(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray):
        return _strict(value.tolist())
    if isinstance(value, list | tuple):
        return [_strict(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _number(value):
    return float(value) if isinstance(value, str) else value


def main_value(logs: dict[str, Any]) -> Any:
    """The loss, or else the first value in the logs, which is checked for NaN.

    None if a custom step returns no logs.
    """
    return logs["loss"] if "loss" in logs else next(iter(logs.values()), None)


def as_float(value: Any) -> Any:
    """A scalar as a float, a larger array as a NumPy array."""
    array = np.asarray(value)
    return float(array) if array.ndim == 0 else array
