"""History: the results of each epoch, as in Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbkeras.train import events
from nbkeras.train.logs import LogsDict

if TYPE_CHECKING:
    from nbkeras.train.events import Event


class History:
    """The results of a fit: `history` is {name: [value of each epoch]}.

    `epoch` lists the numbers of the epochs. Only complete epochs are recorded; `last`
    has the latest values, also of an epoch that was cut short. `status` is "running" or
    how the run ended. `schedule` is a callback that repeats the requests made by hand.

    Args:
        schedule: an object with `note(event)`, called with requests and the end.
    """

    takes_events = True

    def __init__(self, schedule: Any = None) -> None:
        self.schedule = schedule
        self.history = LogsDict()
        self.epoch = []
        self.params = {}
        self.last = {}
        self.model = None
        self.status = events.Status.RUNNING

    def __call__(self, event: Event) -> None:
        """Record an event."""
        if self.schedule and isinstance(event, events.Steered | events.FitEnded):
            self.schedule.note(event)
        if isinstance(event, events.EpochEnded):
            self.epoch.append(event.epoch)
            self.last = dict(event.logs)
            for name, value in event.logs.items():
                self.history.setdefault(name, []).append(value)
        elif isinstance(event, events.FitEnded):
            self.status, self.last = event.status, dict(event.logs)
        elif isinstance(event, events.FitStarted):
            self.params = {"epochs": event.epochs, "steps": event.steps}

    def __repr__(self):
        return f"<History of {len(self.epoch)} epochs, {self.status}: " + (
            ", ".join(f"{k} {v[-1]:.4g}" for k, v in self.history.items() if v) + ">"
        )
