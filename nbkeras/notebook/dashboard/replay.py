"""replay: a recorded training run, as events or as the dashboard."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from nbkeras.core.names.display_name import display_name, display_path
from nbkeras.train import record
from nbkeras.train.events import Event, FitEnded, Status

if TYPE_CHECKING:
    from nbkeras.notebook.dashboard.run_state import RunState
    from nbkeras.notebook.dashboard.widget import Dashboard

# View of a page: open at the slider over the epochs.
EPOCHS_OPEN = {"travel": True}


def replay(path: str | os.PathLike[str]) -> "Replay":
    """Replay a training run that `Recorder` wrote to a file, without training.

    As the last expression of a notebook cell it displays the final dashboard; in a loop
    it yields the events: `for event in nbkeras.replay("run.jsonl"): ...`.

    Args:
        path: the file that `Recorder(path)` wrote.

    Returns:
        A `Replay`: iterable, and displayed by a notebook or `.show()`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not a recording, or one of a newer version.
    """
    return Replay(path)


def dashboard_of(
    events: Iterable[Event], view: dict[str, bool] | None = None
) -> "Dashboard":
    """The dashboard after the events of a run; one that broke off is interrupted.

    Args:
        events: of the run.
        view: settings of the trait `view`.

    Raises:
        ValueError: there are no events.
    """
    from nbkeras.notebook.dashboard.widget import Dashboard

    return Dashboard(**state_of(events).traits(), view=view or {})


def state_of(events: Iterable[Event]) -> "RunState":
    """What a dashboard shows after the events of a run.

    Raises:
        ValueError: there are no events.
    """
    from nbkeras.notebook.dashboard.run_state import RunState

    state, event = RunState(), None
    for event in events:
        state(event)
    if event is None:
        raise ValueError("There are no events. Record a fit first.")
    if not isinstance(event, FitEnded):  # the recording is truncated
        state(FitEnded(event.seconds, Status.INTERRUPTED))
    return state


class Replay:
    """A recorded run: iterate over its events, or let a notebook display it."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        next(iter(self), None)  # raise here if the file is not a recording

    def __iter__(self) -> Iterator[Event]:
        return record.replay(self.path)

    def show(self) -> "Dashboard":
        """Display the dashboard and return it."""
        widget = self._dashboard()
        widget.show()
        return widget

    def to_html(self, path: str | os.PathLike[str]) -> Path:
        """Write the dashboard to one HTML file that needs no kernel and no network.

        Args:
            path: the file, such as "run.html"; an existing one is replaced. With
                "run.mjs", a module for `{anywidget}` on a page of MyST.

        Returns:
            Path of the file.
        """
        return self._dashboard(EPOCHS_OPEN).to_html(path)

    def _dashboard(self, view=None):
        try:
            return dashboard_of(self, view)
        except ValueError:
            raise ValueError(
                f"{display_path(self.path)}: nothing was recorded. Record a fit first."
            ) from None

    def _ipython_display_(self):
        self.show()

    def __repr__(self):
        return (
            f"<Replay of {display_name(self.path.name)}: {sum(1 for _ in self)} events>"
        )
