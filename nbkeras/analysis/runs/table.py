"""Runs: the recordings of a folder as a table."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, overload

from nbkeras.analysis.runs.recorded_run import (
    RecordedRun,
    files_in,
    read_run,
)
from nbkeras.core.names.display_name import display_names
from nbkeras.core.names.metric_directions import direction_by_name

# Settings that differ between any two runs, and so are not informative.
ALWAYS_DIFFER = ("started",)


class Runs:
    """The recorded runs of a folder, newest last.

    Args:
        runs: the runs.
        unreadable: {file name: reason} of the files that could not be read.
        folder: the folder.
        is_cut: whether older files were omitted.

    >>> from nbkeras import Sequential, layers
    >>> x = np.ones((4, 1))
    >>> for optimizer in ("sgd", "adam"):
    ...     model = Sequential([layers.Input((1,)), layers.Dense(1)])
    ...     model.compile(optimizer, "mse")
    ...     history = model.fit(x, x, epochs=2, record="runs/", verbose=0)
    >>> runs = read_runs("runs/")
    >>> "optimizer" in runs.differing
    True
    >>> runs.where(optimizer="Adam").best("loss").settings["optimizer"]
    'Adam'
    """

    def __init__(
        self,
        runs: list[RecordedRun],
        unreadable: dict[str, str] | None = None,
        folder: str | Path = "",
        is_cut: bool = False,
    ) -> None:
        self.runs = list(runs)
        self.unreadable = dict(unreadable or {})
        self.folder, self.is_cut = Path(folder), is_cut

    def __len__(self) -> int:
        return len(self.runs)

    def __iter__(self) -> Iterator[RecordedRun]:
        return iter(self.runs)

    @overload
    def __getitem__(self, at: int | str) -> RecordedRun: ...

    @overload
    def __getitem__(self, at: slice) -> Runs: ...

    def __getitem__(self, at: int | str | slice) -> RecordedRun | Runs:
        """A run by its index or name, or several by a slice."""
        if isinstance(at, slice):
            return Runs(self.runs[at], folder=self.folder)
        if isinstance(at, str):
            for run in self.runs:
                if run.name == at:
                    return run
            raise KeyError(
                f"There is no run {at!r}. The newest are "
                f"{display_names(run.name for run in self.runs[-3:])}."
            )
        return self.runs[at]

    @property
    def metrics(self) -> list[str]:
        """The names of all curves, validation metrics last."""
        names = dict.fromkeys(name for run in self.runs for name in run.curves)
        return sorted(names, key=lambda name: name.startswith("val_"))

    @property
    def settings(self) -> list[str]:
        """The names of all settings."""
        return list(dict.fromkeys(name for run in self.runs for name in run.settings))

    @property
    def differing(self) -> list[str]:
        """The settings in which the runs differ, except the time they started.

        They include settings that only some runs have.
        """
        return [
            name
            for name in self.settings
            if name not in ALWAYS_DIFFER
            and len({repr(run.settings.get(name)) for run in self.runs}) > 1
        ]

    def where(self, text: str = "", **settings: Any) -> Runs:
        """The runs with these settings.

        Args:
            text: words that must occur in a name, status or setting, as in the search
                field of the table; `name:value` searches a single setting.
            **settings: required values of settings.
        """
        words = text.lower().split()
        matching = [
            run
            for run in self.runs
            if all(_has(run, word) for word in words)
            and all(run.settings.get(k) == v for k, v in settings.items())
        ]
        return Runs(matching, folder=self.folder)

    def best(self, metric: str = "val_loss") -> RecordedRun | None:
        """The run in which a metric was best; None if no run has it."""
        bests = [(run.best(metric), run) for run in self.runs]
        bests = [(best[1], run) for best, run in bests if best is not None]
        if not bests:
            return None
        choose = max if direction_by_name(metric) == "up" else min
        return choose(bests, key=lambda pair: pair[0])[1]

    def table(self, metric: str = "val_loss") -> list[dict[str, Any]]:
        """One row per run, for `pandas.DataFrame(runs.table())`.

        Args:
            metric: metric whose best epoch and value are included.
        """
        rows = []
        for run in self.runs:
            epoch, value = run.best(metric) or (None, None)
            rows.append(
                {
                    "run": run.name,
                    "status": run.status,
                    "epochs_done": len(run.epochs),
                    "seconds": round(run.seconds, 1),
                    f"best {metric}": value,
                    "best epoch": epoch,
                    **{name: run.settings.get(name) for name in self.settings},
                }
            )
        return rows

    def __repr__(self):
        return f"<Runs: {len(self)} in {str(self.folder)!r}>"


def _has(run, word):
    """Whether a word of the search field matches a run."""
    name, colon, value = word.partition(":")
    if colon and name:
        return value in str(run.settings.get(name, "")).lower()
    texts = [run.name, run.status, *run.settings.values()]
    return any(word in str(text).lower() for text in texts)


def read_runs(folder: str | os.PathLike[str]) -> Runs:
    """Read the recordings in a folder, as `fit(record=folder)` writes them.

    Files that are not recordings, too large or damaged are omitted and listed with the
    reason in `unreadable`. No code in a file is ever run.

    Args:
        folder: path of the folder.

    Raises:
        FileNotFoundError, NotADirectoryError: there is no such folder.
    """
    files, is_cut = files_in(Path(folder))
    runs, unreadable = [], {}
    for file in files:
        try:
            runs.append(read_run(file))
        except (ValueError, OSError) as error:
            unreadable[file.name] = str(error)
    return Runs(runs, unreadable, folder, is_cut)
