"""History: what each epoch gave, under Keras's names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbkeras.train import events

if TYPE_CHECKING:
    from nbkeras.train.events import Event

OLD_NAMES = {"acc": "accuracy", "val_acc": "val_accuracy", "lr": "learning_rate"}


class Records(dict):
    """A dict of lists that answers to the old names "acc", "val_acc" and "lr" too."""

    def __missing__(self, name):
        pairs = [*OLD_NAMES.items(), *((new, old) for old, new in OLD_NAMES.items())]
        for asked, known in pairs:
            if name == asked and known in self:
                return self[known]
        raise KeyError(
            f"{name!r} was not recorded. There are: {', '.join(self) or 'no entries'}."
        )

    def get(self, name: str, default: Any = None) -> Any:
        """The list under `name`, old names included."""
        try:
            return self[name]
        except KeyError:
            return default


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
        self.history = Records()
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
