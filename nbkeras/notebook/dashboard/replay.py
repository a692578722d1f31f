"""replay: a recorded run, as events or as the dashboard, without training."""

from pathlib import Path

from nbkeras.train import record
from nbkeras.train.events import FitEnded, Status


def replay(path):
    """The run that `Recorder` wrote to `path`.

    As the last line of a notebook cell it shows the dashboard as it stood at the end;
    in a loop it gives the events: `for event in nbkeras.replay("run.jsonl"): ...`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is no recording, or one of a newer version.
    """
    return Replay(path)


class Replay:
    """A recording: iterate over its events, or let a notebook show it."""

    def __init__(self, path):
        self.path = Path(path)
        next(iter(self), None)  # what is no recording is refused here, not later

    def __iter__(self):
        return record.replay(self.path)

    def show(self):
        """Show the dashboard; returns the widget."""
        from nbkeras.notebook.dashboard.run_state import RunState
        from nbkeras.notebook.dashboard.widget import Dashboard

        state, event = RunState(), None
        for event in self:
            state(event)
        if event is None:
            raise ValueError(f"{self.path}: nothing was recorded. Record a fit first.")
        if not isinstance(event, FitEnded):  # the run, or its writing, was broken off
            state(FitEnded(event.seconds, Status.INTERRUPTED))
        widget = Dashboard(**state.traits())
        widget.show()
        return widget

    def _ipython_display_(self):
        self.show()

    def __repr__(self):
        return f"<Replay of {self.path.name}: {sum(1 for _ in self)} events>"
