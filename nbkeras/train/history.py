"""History: what each epoch gave, under Keras's names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbkeras.train import events
from nbkeras.train.logs import LogsDict

if TYPE_CHECKING:
    from nbkeras.train.events import Event


class History:
    """`history` is {name: [value of each epoch]}, `epoch` the epochs' numbers.

    Only whole epochs are in it; `last` has the newest values, also of an epoch that
    was cut short. `status` says how the run ended, "running" while it has not.
    `schedule` is a callback that repeats what was steered by hand.

    Args:
        schedule: has `note(event)`, told every event.
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
        """Take in one event."""
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
