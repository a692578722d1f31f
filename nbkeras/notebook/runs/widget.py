"""RunsTable: the recordings of a folder as a table, with their curves."""

import os

import ipywidgets
import numpy as np
import traitlets

from nbkeras.analysis.runs.recorded_run import events_of
from nbkeras.analysis.runs.table import Runs, read_runs
from nbkeras.core.check import did_you_mean
from nbkeras.core.names.display_name import display_names
from nbkeras.core.names.metric_directions import direction_by_name
from nbkeras.notebook.dashboard.replay import state_of
from nbkeras.notebook.dashboard.widget import Dashboard
from nbkeras.notebook.runs import static_picture
from nbkeras.notebook.widget import translations
from nbkeras.notebook.widget.base import Widget

# Most runs on the page, the newest. `nbkeras.analysis.read_runs` reads a thousand.
MOST_RUNS = 200
MOST_CURVES = 12
# Most points of all curves together, eight bytes each.
MOST_POINTS = 24_000
FEWEST_POINTS = 12
MOST_COLUMNS = 12
VIEW = {
    "metric": "",
    "filter": "",
    "sort": "",
    "down": False,
    "log": False,
    "hidden": [],
}


class RunsTable(Widget):
    """The runs of a folder: `nbkeras.runs("runs/")`.

    Traits:
        folder: path of the folder.
        rows: for each run {name, status, epochs, seconds, settings, best}, where best
            is {metric: [epoch, value]}.
        metrics: names of the curves.
        upwards: metrics that are better when higher.
        differing: names of the settings in which runs differ, shown as columns.
        same: {name: value} of the other settings.
        curves: float32 pairs (epoch, value) of all curves, concatenated.
        curve_sizes: {metric: number of points} for each run.
        unreadable: [file, reason] of files that are not recordings.
        is_cut: whether older runs are omitted.
        view: metric, filter, order and scale chosen by the reader; set by the page.
        board: the dashboard of the opened run.
        opened: the name of that run, "" for none.
        trouble: reason why a run could not be opened.
    """

    folder = traitlets.Unicode("").tag(sync=True)
    rows = traitlets.List().tag(sync=True)
    metrics = traitlets.List(traitlets.Unicode()).tag(sync=True)
    upwards = traitlets.List(traitlets.Unicode()).tag(sync=True)
    differing = traitlets.List(traitlets.Unicode()).tag(sync=True)
    same = traitlets.Dict().tag(sync=True)
    curves = traitlets.Bytes(b"").tag(sync=True)
    curve_sizes = traitlets.List().tag(sync=True)
    unreadable = traitlets.List().tag(sync=True)
    is_cut = traitlets.Bool(False).tag(sync=True)
    view = traitlets.Dict(VIEW).tag(sync=True)
    board = traitlets.Instance(Dashboard).tag(
        sync=True, **ipywidgets.widget_serialization
    )
    opened = traitlets.Unicode("").tag(sync=True)
    trouble = traitlets.Unicode("").tag(sync=True)

    def __init__(self, runs):
        self.recorded = runs
        super().__init__(board=Dashboard(), **_traits(runs))
        self.on_msg(self._on_message)

    # The runs in Python.

    def __len__(self):
        return len(self.recorded)

    def __iter__(self):
        return iter(self.recorded)

    def __getitem__(self, at):
        return self.recorded[at]

    def __bool__(self):
        return True  # a widget without runs is not false

    def table(self, metric="val_loss"):
        """One row per run, for `pandas.DataFrame(runs.table())`."""
        return self.recorded.table(metric)

    def best(self, metric="val_loss"):
        """The run in which a metric was best."""
        return self.recorded.best(metric)

    def where(self, text="", **settings):
        """The table of the runs with these settings; see `analysis.Runs.where`."""
        return RunsTable(self.recorded.where(text, **settings))

    def figure(self, metric=None):
        """The overlaid curves of one metric, as a Matplotlib figure.

        Args:
            metric: name of the metric; None for the displayed one.

        Raises:
            ValueError: no run has this metric.
        """
        metric = self._metric() if metric is None else metric
        if metric not in self.recorded.metrics:
            names = display_names(self.recorded.metrics)
            raise ValueError(
                f"figure(metric={metric!r}): no run has this curve."
                f"{did_you_mean(metric, self.recorded.metrics)} There are: {names}."
            )
        return static_picture.figure(self.recorded, metric)

    def refresh(self):
        """Read the folder again."""
        self.recorded = read_runs(self.recorded.folder)
        self.publish(**_traits(self.recorded), trouble="")
        self.update_static_picture()

    def open_run(self, name):
        """Show a run as a dashboard below the table.

        Args:
            name: name of the run.

        Raises:
            KeyError: there is no such run.
            ValueError: its file is no longer a recording.
            OSError: its file is gone.
        """
        state = state_of(events_of(self.recorded[name].path))
        self.board.publish(**state.traits(), view={})
        self.publish(opened=name, trouble="")

    def _metric(self):
        chosen = self.view.get("metric")
        return chosen if chosen in self.metrics else first_metric(self.metrics)

    def static_picture(self):
        """The curves of the displayed metric."""
        return static_picture.still(self.recorded, self._metric())

    def __repr__(self):
        return _text(self.recorded, self._metric())

    @traitlets.validate("view")
    def _known_settings(self, proposal):
        view = {k: v for k, v in proposal["value"].items() if k in VIEW}
        return VIEW | view

    def _on_message(self, _, content, buffers):
        request = content.get("do") if isinstance(content, dict) else None
        if request == "refresh":
            try:
                self.refresh()
            except OSError as error:
                self.publish(trouble=str(error))
        elif request == "close":
            self.publish(opened="")
        elif request == "open":
            name = str(content.get("run"))
            try:
                self.open_run(name)
            except (KeyError, ValueError, OSError) as error:
                why = translations.text("runs", "gone", name=name, why=error)
                self.publish(opened="", trouble=why)


def runs(folder: str | os.PathLike[str]) -> RunsTable:
    """Compare recorded runs: a table of the recordings in a folder, with their curves.

    Record with `model.fit(..., record="runs/")`, or every fit of a notebook with
    `nbkeras.config.set_record("runs/")`. In a notebook the table is displayed; each run
    opens as a dashboard. In a script: `print(runs)`, `runs.table()`, `runs.best()`,
    `runs.where("adam")`, `runs[-1].curves`, `runs.figure()`.

    Files that are not recordings are omitted and listed; no code in a file is run.

    Args:
        folder: folder with the recordings.

    Raises:
        FileNotFoundError, NotADirectoryError: there is no such folder.

    >>> from nbkeras import Sequential, layers
    >>> model = Sequential([layers.Input((1,)), layers.Dense(1, name="dense")])
    >>> model.compile("sgd", "mse")
    >>> x = np.ones((4, 1))
    >>> history = model.fit(x, x, epochs=2, record="runs/", verbose=0)
    >>> runs("runs/").best("loss").epochs.tolist()
    [1, 2]
    """
    return RunsTable(read_runs(folder))


def first_metric(metrics):
    """The metric displayed initially."""
    for name in ("val_loss", "loss"):
        if name in metrics:
            return name
    return metrics[0] if metrics else ""


def _traits(recorded):
    shown = Runs(recorded.runs[-MOST_RUNS:], folder=recorded.folder)
    metrics = shown.metrics[:MOST_CURVES]
    differing = shown.differing[:MOST_COLUMNS]
    curves, sizes = _packed(shown, metrics)
    return {
        "folder": str(recorded.folder),
        "rows": [_row(run, metrics) for run in shown],
        "metrics": metrics,
        "upwards": [name for name in metrics if direction_by_name(name) == "up"],
        "differing": differing,
        "same": {
            name: shown[0].settings[name]
            for name in shown.settings
            if name not in shown.differing and name in shown[0].settings
        }
        if len(shown) > 1
        else {},
        "curves": curves,
        "curve_sizes": sizes,
        "unreadable": [
            [name, why] for name, why in list(recorded.unreadable.items())[:20]
        ],
        "is_cut": recorded.is_cut or len(recorded) > len(shown),
    }


def _row(run, metrics):
    best = {name: run.best(name) for name in metrics if name in run.curves}
    return {
        "name": run.name,
        "status": run.status,
        "epochs": len(run.epochs),
        "seconds": round(run.seconds, 1) if np.isfinite(run.seconds) else 0,
        "settings": run.settings,
        "best": {
            name: list(best_value) for name, best_value in best.items() if best_value
        },
    }


def _packed(shown, metrics):
    """(bytes, [{metric: points}]) of all curves, thinned to MOST_POINTS in total."""
    count = sum(name in run.curves for run in shown for name in metrics)
    most = max(FEWEST_POINTS, MOST_POINTS // max(count, 1))
    pieces, sizes = [], []
    for run in shown:
        own = {}
        for name in metrics:
            if name not in run.curves:
                continue
            at = np.flatnonzero(~np.isnan(run.curves[name]))
            if len(at) > most:
                at = at[np.linspace(0, len(at) - 1, most).round().astype(int)]
            pairs = np.stack([run.epochs[at], run.curves[name][at]], 1)
            pieces.append(pairs.astype("<f4"))
            own[name] = len(at)
        sizes.append(own)
    data = np.concatenate(pieces) if pieces else np.zeros((0, 2), "<f4")
    return data.tobytes(), sizes


def _text(recorded, metric):
    """The table as text, for a terminal."""
    lines = [repr(recorded)]
    differing = recorded.differing[:4]
    for run in recorded.runs[-20:]:
        best = run.best(metric) if metric else None
        line = f"{run.name}: {run.status}"
        if best is not None:
            line += f", best {metric} {best[1]:.4g} in epoch {best[0]}"
        settings = ", ".join(f"{n} {run.settings.get(n)}" for n in differing)
        lines.append(f"{line}; {settings}" if settings else line)
    return "\n".join(lines)
