"""Recorder and replay: save the events of a run as JSON lines, and read them."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbkeras.core.names.display_name import display_name, display_path
from nbkeras.train import events
from nbkeras.train.sinks import ThrottledSink

if TYPE_CHECKING:
    from nbkeras.train.events import Event

VERSION = 1
SUFFIX = ".jsonl"


class Recorder:
    """A sink that writes every event as one line of JSON.

    Write `model.fit(x, y, callbacks=[Recorder("run.jsonl")])`, and later
    `for event in replay("run.jsonl")`. A recorder that fails, on a full disk for
    example, is warned about and taken away; training goes on.

    Args:
        path: file to write; a file of that name is replaced when the run begins. A
            folder, or a name without a suffix such as "runs/", gets a new file for each
            run, named after the time and the model.
        hz: step events a second that are kept; None keeps all.

    `settings`, what the run is made with, is written to the head of the file; `fit`
    sets it. `path` is the file once the run has begun.
    """

    takes_events = True

    def __init__(self, path: str | PathLike[str], hz: float | None = None) -> None:
        self.path = self._given = Path(path)
        self.settings: Mapping[str, Any] = {}
        self._file: Any = None  # the open file of a run
        self._sink = ThrottledSink(self._write, hz) if hz else self._write

    def __call__(self, event: Event) -> None:
        """Write an event."""
        if isinstance(event, events.FitStarted):
            self._file = self._opened()
            head = {"settings": dict(self.settings)} if self.settings else {}
            self._line({"nbkeras_recording": VERSION, **head})
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

    def _opened(self):
        """The file of a new run."""
        if self._given.suffix and not self._given.is_dir():
            self.path = self._given
            return self.path.open("w", encoding="utf-8")
        self._given.mkdir(parents=True, exist_ok=True)
        model = re.sub(r"\W+", "-", str(self.settings.get("model", "run")))[:60]
        stem = f"{time.strftime('%Y-%m-%d_%H-%M-%S')}_{model}"
        for number in range(1, 10_000):
            name = stem if number == 1 else f"{stem}_{number}"
            self.path = self._given / f"{name}{SUFFIX}"
            try:
                return self.path.open("x", encoding="utf-8")
            except FileExistsError:
                continue
        raise FileExistsError(f"{self._given} has too many recordings of this second.")

    def _write(self, event):
        self._line(event.to_json())

    def _line(self, data):
        self._file.write(json.dumps(data, allow_nan=False) + "\n")


def replay(path: str | PathLike[str]) -> Iterator[Event]:
    """The events of a recording, in order; an incomplete line is skipped.

    Raises:
        ValueError: the file is not a recording of this version, or it is damaged.
        FileNotFoundError: there is no such file.
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(
            f"{display_path(path)} is a folder. Give one of the recordings in it, or "
            f"compare them all: nbkeras.runs({str(path)!r})."
        )
    with path.open(encoding="utf-8", errors="replace") as lines:
        head = _parsed(next(lines, ""))
        version = head.get("nbkeras_recording") if isinstance(head, dict) else None
        if version != VERSION:
            raise ValueError(
                f"{display_path(path)}: not a recording of version {VERSION} "
                f"(found {version!r:.80}). Record one with Recorder({str(path)!r})."
            )
        for number, line in enumerate(lines, 2):
            data = _parsed(line)
            if data is not None:
                yield _event(data, path, number)


def _parsed(line):
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _event(data, path, number):
    try:
        event = events.from_json(data)
        if not events.is_sound(event):
            raise ValueError("a number or a name is of another kind")
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        reason = display_name(str(error).rstrip("."), 200)
        raise ValueError(
            f"{display_path(path)}: line {number} is damaged ({reason}). Delete this "
            f"line, or record the run again with Recorder({str(path)!r})."
        ) from None
    return event
