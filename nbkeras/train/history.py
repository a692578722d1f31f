"""History: the results of each epoch, as in Keras."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbkeras.core import front_end
from nbkeras.core.names.display_name import display_name
from nbkeras.train import events
from nbkeras.train.logs_dict import LogsDict

if TYPE_CHECKING:
    from nbkeras.train.events import Event


class History:
    """`history` is {name: [value of each epoch]}, `epoch` the epochs' numbers.

    Only whole epochs are in it; `last` has the newest values, also of an epoch that
    was cut short. `status` says how the run ended, "running" while it has not.
    `schedule` is a callback that repeats what was steered by hand.

    Args:
        schedule: has `note(event)`, told every event.

    `kept` holds the epochs that the run kept, or None: see `model_at` and `go_back`.
    `placement` says which rows and weights each device had, with several devices.
    """

    takes_events = True

    def __init__(self, schedule: Any = None) -> None:
        self.schedule = schedule
        self.history = LogsDict()
        self.epoch = []
        self.params = {}
        self.last = {}
        self.model = None
        self.kept: Any = None
        self.placement: Any = None
        self.status = events.Status.RUNNING

    def __call__(self, event: Event) -> None:
        """Record an event."""
        if self.schedule and isinstance(event, events.Steered | events.FitEnded):
            self.schedule.note(event)
        if isinstance(event, events.EpochEnded):
            self._note_epoch(event.epoch, event.logs)
        elif isinstance(event, events.FitEnded):
            self.status, self.last = event.status, dict(event.logs)
        elif isinstance(event, events.FitStarted):
            self.params = {"epochs": event.epochs, "steps": event.steps}

    def _note_epoch(self, epoch: int, logs: Mapping[str, Any]) -> None:
        self.epoch.append(epoch)
        self.last = dict(logs)
        for name, value in self.last.items():
            self.history.setdefault(name, []).append(value)

    def __getstate__(self) -> dict[str, Any]:
        """Pickles leave out the epochs that the run kept in this process."""
        return {**self.__dict__, "kept": None}

    @property
    def kept_epochs(self) -> list[int]:
        """The numbers of the epochs to which the run can go back, in order.

        The first is the start of the run, 0 in a first fit.
        """
        return [] if self.kept is None else self.kept.epochs

    def model_at(self, epoch: int) -> Any:
        """A new model, as this run's was at the end of an epoch.

        It is compiled and has the optimizer's state and the place in the data: trained
        on, it becomes bit for bit what a run gives that had stopped there.

        Args:
            epoch: a number in `kept_epochs`, from 1; 0 is the start of a first fit, and
                negative numbers count from the newest.

        Raises:
            ValueError: the epoch was not kept, or the model has changed since.

        >>> from nbkeras import Sequential, layers
        >>> model = Sequential([layers.Input((1,)), layers.Dense(1, name="dense")])
        >>> model.compile("sgd", "mse")
        >>> x = np.ones((4, 1))
        >>> history = model.fit(x, x, epochs=3, keep_epochs=True, verbose=0)
        >>> history.model_at(2).predict(x, verbose=0).shape
        (4, 1)
        """
        return self._need_kept().model_at(epoch)

    def go_back(self, epoch: int) -> None:
        """Put this run's model back to the end of an epoch; `fit` goes on from there.

        A run that is still going is stopped first.

        Args:
            epoch: as in `model_at`.

        Raises:
            ValueError: the epoch was not kept, or the model has changed since.
            RuntimeError: another fit trains the model now.
        """
        self._need_kept().go_back(epoch)

    def to_html(self, path: str | PathLike[str]) -> Path:
        """Write the run's curves to one HTML file: no kernel, no network.

        It has the values of each epoch. A recorded run also has those of its steps:
        `nbkeras.replay("run.jsonl").to_html("run.html")`.

        Args:
            path: the file, such as "run.html"; an existing one is replaced. With
                "run.mjs", a module for `{anywidget}` on a page of MyST.

        Returns:
            Path of the file.

        Raises:
            ValueError: no epoch has ended yet.
        """
        if not self.epoch:
            raise ValueError(
                "This history has no epochs. Train first: model.fit(x, y, epochs=3)."
            )
        return front_end.current().write_run(self._events(), path)

    def _events(self):
        """The run as events of whole epochs."""
        steps = self.params.get("steps") or 0
        names = [n for n in self.history if not n.startswith("val_")]
        yield events.FitStarted(
            epochs=self.params.get("epochs", self.epoch[-1] + 1),
            initial_epoch=self.epoch[0],
            steps=steps or None,
            metrics=tuple(names),
            validation=len(names) < len(self.history),
        )
        logs: dict[str, float] = {}
        # A metric that came later, such as one of an epoch's end, has fewer values.
        for i, epoch in enumerate(self.epoch):
            logs = {
                name: float(values[i - len(self.epoch)])
                for name, values in self.history.items()
                if len(self.epoch) - i <= len(values)
            }
            yield events.EpochEnded(
                epoch=epoch, steps=steps, logs=logs, step=(i + 1) * max(steps, 1)
            )
        status = self.status
        yield events.FitEnded(
            status=events.Status.INTERRUPTED if status.is_active else status,
            logs=logs,
            epochs=len(self.epoch),
            step=len(self.epoch) * max(steps, 1),
        )

    def _need_kept(self):
        if self.kept is None:
            raise ValueError(
                "This run kept no epochs. Write model.fit(..., keep_epochs=True)."
            )
        return self.kept

    def __repr__(self):
        return f"<History of {len(self.epoch)} epochs, {self.status}: " + (
            ", ".join(
                f"{display_name(k)} {v[-1]:.4g}" for k, v in self.history.items() if v
            )
            + ">"
        )
