"""What happens in a run, one frozen dataclass an event."""

from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum

import numpy as np


class Status(StrEnum):
    """How a run stands or ended; the same words in Python, JSON and JavaScript."""

    RUNNING = "running"
    COMPLETED = "completed"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True)
class Event:
    """Base: seconds since the run began, on a clock that only goes forward."""

    seconds: float = 0.0

    def host(self):
        """The same event with `logs` as floats: one wait for the device."""
        logs = getattr(self, "logs", None)
        if not logs:
            return self
        plain = {name: as_float(value) for name, value in logs.items()}
        return type(self)(**{**shallow(self), "logs": plain})

    def to_json(self):
        """Plain data, with the event's kind."""
        return {"event": type(self).__name__, **asdict(self.host())}


@dataclass(frozen=True)
class FitStarted(Event):
    """Before the first epoch. `steps` an epoch is None while unknown."""

    epochs: int = 1
    initial_epoch: int = 0
    steps: int | None = None
    metrics: tuple = ()


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
    """`step` counts over the whole run; `logs` are scalars still on the device."""

    epoch: int = 0
    batch: int = 0
    step: int = 0
    rows: int = 0
    logs: dict = field(default_factory=dict)


@dataclass(frozen=True)
class EpochEnded(Event):
    """`logs` are floats, those of validation with the prefix "val_"."""

    epoch: int = 0
    steps: int = 0
    logs: dict = field(default_factory=dict)


@dataclass(frozen=True)
class FitEnded(Event):
    """The last event of every fit, whatever happened."""

    status: Status = Status.COMPLETED
    logs: dict = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True)
class EvaluateStarted(Event):
    """Also before each validation."""

    steps: int | None = None


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
    """`logs` are floats."""

    logs: dict = field(default_factory=dict)


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

    def host(self):
        """Unchanged: outputs are arrays and stay so."""
        return self


@dataclass(frozen=True)
class PredictEnded(Event):
    """After the last batch of `predict`."""


KINDS = {kind.__name__: kind for kind in Event.__subclasses__()}


def from_json(data):
    """The event that `to_json` wrote; unknown kinds and fields are refused."""
    data = dict(data)
    kind = KINDS.get(data.pop("event", None))
    if kind is None:
        raise ValueError(f"Not an event: the kinds are {', '.join(KINDS)}.")
    known = {f.name for f in fields(kind)}
    unknown = set(data) - known
    if unknown:
        raise ValueError(f"{kind.__name__} has no fields {sorted(unknown)}.")
    if "status" in data:
        data["status"] = Status(data["status"])
    if "metrics" in data:
        data["metrics"] = tuple(data["metrics"])
    return kind(**data)


def shallow(event):
    """Field values by name, arrays not copied."""
    return {f.name: getattr(event, f.name) for f in fields(event)}


def as_float(value):
    """A scalar as float, anything larger as a NumPy array."""
    array = np.asarray(value)
    return float(array) if array.ndim == 0 else array
