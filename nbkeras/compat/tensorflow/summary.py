"""tf.summary: scalars of a loop by hand for TensorBoard."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any

import jax

from nbkeras.callbacks.tensorboard import EventFile
from nbkeras.core import notices
from nbkeras.core.gradients.recording import plain_value
from nbkeras.core.names import tensorflow_names as absent

# The writer that `scalar` writes to, and the step of `set_step`.
_default: list[SummaryWriter | None] = [None]
_step: list[Any] = [None]


class SummaryWriter:
    """Writes scalars into a folder that `tensorboard --logdir` shows.

    Args:
        logdir: the folder.
    """

    def __init__(self, logdir: str | PathLike[str]) -> None:
        self._logdir = Path(logdir)
        self._file: EventFile | None = None

    @property
    def file(self) -> EventFile:
        """The file, which is created when something is written."""
        if self._file is None:
            self._file = EventFile(self._logdir)
            weakref.finalize(self, self._file.close)
        return self._file

    @contextlib.contextmanager
    def as_default(self, step: Any = None) -> Iterator[SummaryWriter]:
        """A context in which `tf.summary.scalar` writes here."""
        before, step_before = _default[0], _step[0]
        _default[0] = self
        if step is not None:
            _step[0] = plain_value(step)
        try:
            yield self
        finally:
            self.flush()
            _default[0], _step[0] = before, step_before

    def set_as_default(self, step: Any = None) -> None:
        """Let `tf.summary.scalar` write here from now on."""
        _default[0] = self
        if step is not None:
            _step[0] = int(step)

    def flush(self) -> None:
        """Write what is buffered to the disk."""
        jax.effects_barrier()  # what compiled functions have still to write
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        jax.effects_barrier()
        if self._file is not None:
            self._file.close()
            self._file = None


def create_file_writer(
    logdir: str | PathLike[str], *args: Any, **ignored: Any
) -> SummaryWriter:
    """A writer of scalars into a folder."""
    return SummaryWriter(logdir)


def scalar(name: str, data: Any, step: Any = None, description: Any = None) -> bool:
    """Write one number; False if no writer is the default.

    In a compiled function (`tf.function`) it is written at each call.

    Raises:
        ValueError: there is no step.
    """
    writer, step = _default[0], _step[0] if step is None else step
    if writer is None:
        return False
    if step is None:
        raise ValueError(
            f"tf.summary.scalar({name!r}, ...) has no step. Write "
            f"tf.summary.scalar({name!r}, value, step=epoch)."
        )

    def write(data: Any, step: Any) -> None:
        writer.file.scalar(name, float(data), int(step))

    data, step = plain_value(data), plain_value(step)
    if any(isinstance(value, jax.core.Tracer) for value in (data, step)):
        jax.debug.callback(write, data, step)
    else:
        write(data, step)
    return True


def _not_written(kind: str) -> Any:
    def write(name: str, data: Any = None, step: Any = None, **ignored: Any) -> bool:
        notices.once(
            ("tf.summary", kind),
            f"tf.summary.{kind} is left out: only scalars are written. Show {kind}s in "
            "the notebook with matplotlib.",
        )
        return False

    return write


image, histogram, text, audio = map(
    _not_written, ("image", "histogram", "text", "audio")
)


def trace_on(*args: Any, **ignored: Any) -> None:
    """Do nothing: graphs are not written."""


def trace_export(*args: Any, **ignored: Any) -> None:
    """Do nothing: graphs are not written."""


class experimental:
    """tf.summary.experimental."""

    @staticmethod
    def set_step(step: Any) -> None:
        """Set the step of calls that have none."""
        _step[0] = None if step is None else int(step)

    @staticmethod
    def get_step() -> int | None:
        """The step of calls that have none."""
        return _step[0]


def __getattr__(name: str) -> Any:
    if name[:2] == "__":
        raise AttributeError(name)
    raise AttributeError(absent.message(f"summary.{name}"))
