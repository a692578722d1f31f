"""What happens in a run, one frozen dataclass an event."""

import math
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Self

import numpy as np


class Status(StrEnum):
    """How a run stands or ended; the same words in Python, JSON and JavaScript."""

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
        """Whether the run goes on, so that it can be steered."""
        return self in (self.STARTING, self.RUNNING, self.VALIDATING, self.PAUSED)


@dataclass(frozen=True)
class Event:
    """Base: seconds since the run began, on a clock that only goes forward."""

    seconds: float = 0.0

    def host(self) -> Self:
        """The same event with its numbers as floats: one wait for the device."""
        changes = {}
        logs, rate = (getattr(self, name, None) for name in ("logs", "learning_rate"))
        if logs:
            changes["logs"] = {name: as_float(v) for name, v in logs.items()}
        if rate is not None and hasattr(rate, "__array__"):
            changes["learning_rate"] = float(rate)
        return replace(self, **changes) if changes else self

    def to_json(self) -> dict[str, Any]:
        """Plain data for strict JSON, with the event's kind; NaN becomes "nan"."""
        data = {f.name: getattr(self.host(), f.name) for f in fields(self)}
        return {"event": type(self).__name__, **_strict(data)}


@dataclass(frozen=True)
class FitStarted(Event):
    """Before the first epoch.

    Args:
        epochs: number of the last epoch; the first is `initial_epoch`, from 0.
        initial_epoch: see `epochs`.
        steps: batches an epoch, None while unknown.
        metrics: names in the logs of a step.
        batch_size: rows a step, None if unknown.
        validation: whether epochs are validated.
        learning_rate: the rate of the first step.
        epochs_done: whole epochs that these weights have been trained for before;
            above 0, the run goes on from there and does not start over.
        steps_done: steps taken before, since the model was compiled.
        seed: decides the order of rows and all dropout of the run.
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

    @property
    def total_steps(self) -> int | None:
        """Steps of the whole run, None while unknown."""
        epochs = max(self.epochs - self.initial_epoch, 0)
        return None if self.steps is None else self.steps * epochs


@dataclass(frozen=True)
class EpochStarted(Event):
    """Epochs count from 0."""

    epoch: int = 0


@dataclass(frozen=True)
class StepStarted(Event):
    """`batch` counts from 0 within the epoch."""

    epoch: int = 0
    batch: int = 0


@dataclass(frozen=True)
class StepEnded(Event):
    """A step is on its way; its numbers are still on the device.

    Args:
        epoch: from 0.
        batch: from 0 within the epoch.
        step: from 0 over the whole run.
        rows: examples in the batch, padding left out.
        logs: {name: scalar}, running means of the epoch; floats after `host()`.
        learning_rate: the rate this step was taken with, a scalar likewise.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    rows: int = 0
    logs: dict = field(default_factory=dict)
    learning_rate: Any = None


@dataclass(frozen=True)
class Steered(Event):
    """A request from `Control` was taken up before step number `step`.

    With the seed of `FitStarted` and these the run can be repeated: `move` is "pause",
    "resume", "step", "speed", "learning_rate" or "validate", `value` the new rate, or
    the steps a second at most, None for full speed.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    move: str = ""
    value: float | None = None


@dataclass(frozen=True)
class EpochEnded(Event):
    """All steps of an epoch and its validation are done.

    Args:
        epoch: from 0.
        steps: batches that the epoch had.
        logs: floats; those of validation with the prefix "val_".
        step: steps taken so far in the run.
        learning_rate: the rate of the epoch's last step.
    """

    epoch: int = 0
    steps: int = 0
    logs: dict = field(default_factory=dict)
    step: int = 0
    learning_rate: float | None = None


@dataclass(frozen=True)
class FitEnded(Event):
    """The last event of every fit, whatever happened.

    Args:
        status: how it ended.
        logs: floats; the last epoch's, or the running means of one cut short.
        error: one line, for a run that failed.
        epochs: whole epochs done in this run.
        step: steps taken in this run.
        cut_short: whether somebody asked for the end, by Stop or an interrupt.
    """

    status: Status = Status.COMPLETED
    logs: dict = field(default_factory=dict)
    error: str = ""
    epochs: int = 0
    step: int = 0
    cut_short: bool = False


@dataclass(frozen=True)
class EvaluateStarted(Event):
    """Also before each validation; `step` is then the number of steps taken."""

    steps: int | None = None
    step: int | None = None


@dataclass(frozen=True)
class EvaluateStepStarted(Event):
    """`batch` counts from 0."""

    batch: int = 0


@dataclass(frozen=True)
class EvaluateStepEnded(Event):
    """`logs` are running results, still on the device."""

    batch: int = 0
    logs: dict = field(default_factory=dict)


@dataclass(frozen=True)
class EvaluateEnded(Event):
    """After `steps` batches; `logs` are floats. In a fit, `step` as at the start."""

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
    """`logs["outputs"]` is the batch's prediction."""

    batch: int = 0
    logs: dict = field(default_factory=dict)

    def host(self) -> Self:
        """Unchanged: outputs are arrays and stay so."""
        return self

    def to_json(self) -> dict[str, Any]:
        """Without the outputs: they may be large."""
        return replace(self, logs={}).to_json() if self.logs else super().to_json()


@dataclass(frozen=True)
class PredictEnded(Event):
    """After the last of `steps` batches of `predict`."""

    steps: int = 0


KINDS = {kind.__name__: kind for kind in Event.__subclasses__()}


def from_json(data: Any) -> Event:
    """The event that `to_json` wrote; unknown kinds and fields are refused."""
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


def _strict(value) -> Any:
    """`value` in what strict JSON can hold."""
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


def watched(logs: dict[str, Any]) -> Any:
    """The number that tells of the weights: the loss, or the first one in the logs.

    None where an own step gives no numbers at all.
    """
    return logs["loss"] if "loss" in logs else next(iter(logs.values()), None)


def as_float(value: Any) -> Any:
    """A scalar as float, anything larger as a NumPy array."""
    array = np.asarray(value)
    return float(array) if array.ndim == 0 else array
