"""Recorder and replay: save the events of a run as JSON lines, and read them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbkeras.train import events
from nbkeras.train.sinks import ThrottledSink

if TYPE_CHECKING:
    from nbkeras.train.events import Event

VERSION = 1


class Recorder:
    """A sink that writes every event as one line of JSON.

    Write `model.fit(x, y, callbacks=[Recorder("run.jsonl")])`, and later
    `for event in replay("run.jsonl")`. If a recorder fails, for example on a full disk,
    it gives a notice and is removed; training continues.

    Args:
        path: file to write; an existing file is replaced when the run begins.
        hz: maximum number of step events per second; None records all.
    """

    takes_events = True

    def __init__(self, path: str | PathLike[str], hz: float | None = None) -> None:
        self.path = Path(path)
        self._file: Any = None  # the open file of a run
        self._sink = ThrottledSink(self._write, hz) if hz else self._write

    def __call__(self, event: Event) -> None:
        """Write an event."""
        if isinstance(event, events.FitStarted):
            self._file = self.path.open("w", encoding="utf-8")
            self._line({"nbkeras_recording": VERSION})
        if self._file is not None:
            self._sink(event)
        if isinstance(event, events.FitEnded):
            self.close()

    def close(self) -> None:
        """Close the file; may be called repeatedly."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None

    def _write(self, event):
        self._line(event.to_json())

    def _line(self, data):
        self._file.write(json.dumps(data, allow_nan=False) + "\n")


def replay(path: str | PathLike[str]) -> Iterator[Event]:
    """The events of a recording, in order; an incomplete line is skipped.

    Raises:
        ValueError: the file is not a recording of this version.
    """
    with Path(path).open(encoding="utf-8") as lines:
        head = _parsed(next(lines, ""))
        version = head.get("nbkeras_recording") if isinstance(head, dict) else None
        if version != VERSION:
            raise ValueError(
                f"{path}: not a recording of version {VERSION} "
                f"(found {version!r}). Record one with Recorder({str(path)!r})."
            )
        for line in lines:
            data = _parsed(line)
            if data is not None:
                yield events.from_json(data)


def _parsed(line):
    try:
        return json.loads(line)
    except ValueError:
        return None
