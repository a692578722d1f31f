"""Read recordings, including untrusted ones: sizes are limited, no code is run."""

import json
import math
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from nbkeras.core import front_end
from nbkeras.core.names.display_name import display_name
from nbkeras.core.names.metric_directions import direction_by_name
from nbkeras.train import events
from nbkeras.train.record import SUFFIX, VERSION

# Limit per file. A recording of `fit(record=...)` grows by about 1 kB per second.
MOST_BYTES = 64 * 2**20
MOST_LINE = 2**20
MOST_LINES = 500_000
# Limit per folder.
MOST_FILES = 1000
# Limits per run.
MOST_EPOCHS = 100_000
MOST_METRICS = 64
MOST_NAME = 120
MOST_SETTINGS = 60
MOST_TEXT = 500


@dataclass(frozen=True)
class RecordedRun:
    """One recorded run.

    Args:
        path: file of the recording.
        settings: {name: number, text or boolean}, the settings of the run.
        status: how it ended: "completed", "stopped", "interrupted" or "failed"; a
            truncated recording counts as interrupted.
        epochs: (n,) numbers of the completed epochs, from 1.
        curves: {metric: (n,) values}, NaN where missing; validation metrics begin with
            "val_".
        seconds: duration.
        steps: number of steps.
    """

    path: Path
    settings: dict[str, Any]
    status: str
    epochs: np.ndarray
    curves: dict[str, np.ndarray] = field(repr=False)
    seconds: float
    steps: int

    @property
    def name(self) -> str:
        """The file's name without its suffix."""
        return self.path.stem

    def to_html(self, path: str | PathLike[str]) -> Path:
        """Write the run's dashboard to one HTML file: no kernel, no network.

        Args:
            path: the file, such as "run.html"; an existing one is replaced. With
                "run.mjs", a module for `{anywidget}` on a page of MyST.

        Returns:
            Path of the file.
        """
        return front_end.current().write_run(events_of(self.path), path)

    def best(self, metric: str = "val_loss") -> tuple[int, float] | None:
        """(epoch, value) where a metric was best; None without a finite value.

        Losses and errors are best when lowest, metrics with "acc", "auc" and the like
        in their names when highest. Without validation, the training metric is used.
        """
        values = self.curves.get(metric)
        if values is None:
            values = self.curves.get(metric.removeprefix("val_"))
        if values is None or not np.isfinite(values).any():
            return None
        up = direction_by_name(metric) == "up"
        find = np.nanargmax if up else np.nanargmin
        at = int(find(np.where(np.isfinite(values), values, np.nan)))
        return int(self.epochs[at]), float(values[at])


def read_run(path: str | Path) -> RecordedRun:
    """Read one recording.

    Raises:
        ValueError: the file is not a recording of `Recorder`, or is too large.
        FileNotFoundError: there is no such file.
    """
    path = Path(path)
    try:
        return _read(path)
    except RecursionError:
        raise ValueError(
            f"{display_name(path.name)}: a line is nested too deeply."
        ) from None
    except UnicodeDecodeError:
        raise ValueError(f"{display_name(path.name)}: this is no text.") from None


def _read(path):
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise ValueError(
            f"{display_name(path.name)} has {size / 2**20:,.0f} MB; a recording may "
            f"have at most {MOST_BYTES / 2**20:.0f} MB."
        )
    rows, started, last = [], None, None
    with path.open(encoding="utf-8") as file:
        lines = _lines(file, path)
        head = _parsed(next(lines, ""))
        if not isinstance(head, dict) or head.get("nbkeras_recording") != VERSION:
            raise ValueError(
                f"{display_name(path.name)}: this is no recording of a training run."
            )
        for line in lines:
            # Most lines are steps, which are not needed here: skip parsing them.
            kind = line[:40]
            if "Epoch" not in kind and "Fit" not in kind:
                continue
            event = _event(line, path)
            if isinstance(event, events.FitStarted):
                started = event
            elif isinstance(event, events.EpochEnded) and len(rows) < MOST_EPOCHS:
                rows.append(event)
            last = event or last
    if started is None:
        raise ValueError(f"{display_name(path.name)}: the run never began.")
    ended = last if isinstance(last, events.FitEnded) else None
    settings = _settings(head.get("settings"), started)
    epochs, curves = _curves(rows)
    return RecordedRun(
        path=path,
        settings=settings,
        status=str(ended.status if ended else events.Status.INTERRUPTED),
        epochs=epochs,
        curves=curves,
        seconds=_number(getattr(last, "seconds", 0.0)),
        steps=int(ended.step if ended else (rows[-1].step if rows else 0)),
    )


def _lines(file, path):
    """The lines of an open file; raises if there are too many or they are too long."""
    for number in range(MOST_LINES):
        line = file.readline(MOST_LINE + 1)
        if not line:
            return
        if len(line) > MOST_LINE:
            raise ValueError(
                f"{display_name(path.name)}: line {number + 1} has more than a million "
                "characters."
            )
        yield line
    raise ValueError(f"{display_name(path.name)} has more than {MOST_LINES:,} lines.")


def _parsed(line):
    try:
        return json.loads(line)
    except ValueError:
        return None  # a truncated last line


def _event(line, path):
    """The event of a line; None for a truncated line."""
    data = _parsed(line)
    if data is None:
        return None
    try:
        event = events.from_json(data)
        if not events.is_sound(event):
            raise ValueError("a number or a name is of another kind")
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        reason = str(error)[:200]
        raise ValueError(
            f"{display_name(path.name)}: an event cannot be read: {reason}."
        ) from None
    return event


def _settings(recorded, started):
    """The settings of a recording as plain values, limited in number and length."""
    settings = {}
    for name, value in (recorded if isinstance(recorded, dict) else {}).items():
        if len(settings) == MOST_SETTINGS:
            break
        if isinstance(value, str):
            value = value[:MOST_TEXT]
        elif not isinstance(value, bool | int | float) or not _is_finite(value):
            continue
        settings[str(name)[:MOST_NAME]] = value
    seen = {
        "batch_size": started.batch_size,
        "learning_rate": started.learning_rate,
        "seed": started.seed,
        "epochs": started.epochs - started.initial_epoch,
    }
    for name, value in seen.items():
        if isinstance(value, int | float) and _is_finite(value):
            settings.setdefault(name, value)
    return settings


def _is_finite(value):
    return isinstance(value, bool | int) or math.isfinite(value)


def _curves(rows):
    """(epochs, {metric: values}) of EpochEnded events."""
    names = dict.fromkeys(str(name) for row in rows for name in row.logs)
    names = [n for n in names if len(n) <= MOST_NAME][:MOST_METRICS]
    epochs = np.array([row.epoch + 1 for row in rows], int)
    curves = {n: np.array([_number(row.logs.get(n)) for row in rows]) for n in names}
    return epochs, curves


def _number(value):
    return float(value) if isinstance(value, int | float) else math.nan


def files_in(folder: str | Path) -> tuple[list[Path], bool]:
    """(recordings in a folder, newest last; whether there were more).

    Raises:
        FileNotFoundError: there is no such folder.
        NotADirectoryError: the path is a file.
    """
    folder = Path(folder)
    if not folder.exists():
        raise FileNotFoundError(
            f"There is no folder {str(folder)!r}. Record a run first: model.fit(..., "
            f"record={str(folder)!r})."
        )
    if not folder.is_dir():
        raise NotADirectoryError(
            f"{str(folder)!r} is a file. Give the folder that it is in, or display "
            f"this one run with nbkeras.replay({str(folder)!r})."
        )
    files = [f for f in folder.iterdir() if f.suffix == SUFFIX and f.is_file()]
    files.sort(key=lambda file: (file.stat().st_mtime, file.name))
    return files[-MOST_FILES:], len(files) > MOST_FILES


def events_of(path: str | Path) -> list[Any]:
    """The events of a recording, within the limits of `read_run`.

    Raises:
        ValueError: as in `read_run`.
    """
    path = Path(path)
    read_run(path)  # checks the size, the header, and the epochs
    events = []
    with path.open(encoding="utf-8") as file:
        lines = _lines(file, path)
        next(lines)
        for line in lines:
            event = _event(line, path)
            if event is None:
                continue
            names = (*getattr(event, "metrics", ()), *getattr(event, "logs", {}))
            if len(names) > 2 * MOST_METRICS or any(
                len(str(n)) > MOST_NAME for n in names
            ):
                raise ValueError(
                    f"{display_name(path.name)}: it has too many or too long metrics."
                )
            events.append(event)
    return events
