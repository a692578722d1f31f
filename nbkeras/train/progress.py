"""Text progress: an overwritten line in a terminal, one line per epoch in a log."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from nbkeras.core import front_end, output
from nbkeras.core.names.display_name import display_name
from nbkeras.core.throttle import Throttle
from nbkeras.train import events

if TYPE_CHECKING:
    from nbkeras.train.events import Event

BAR_WIDTH = 20


class Progress:
    """Prints the progress of a run, as Keras does.

    Args:
        verbose: 1 for a progress line that is overwritten, 2 for one line per epoch.
        stream: where to write; None is `sys.stdout` at the time of writing.
        clock: () -> seconds; for tests.
        hz: maximum updates of the progress line per second.
    """

    def __init__(
        self,
        verbose: int | str | bool = 1,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
        hz: float = 8.0,
    ) -> None:
        self.verbose = verbose
        self._stream = stream
        self._clock = clock
        self._throttle = Throttle(1 / hz, clock)
        self._width = 0
        self._steps = None
        self._started_at = 0.0
        self._epochs = 1
        self._fitting = False
        self._evaluation_started_at = 0.0

    def __call__(self, event: Event) -> None:
        """Print an event."""
        handler = getattr(self, f"_{type(event).__name__}", None)
        if handler:
            handler(event)

    @property
    def stream(self) -> TextIO:
        """The stream that is written to."""
        return self._stream or sys.stdout

    @property
    def moving(self) -> bool:
        """Whether the progress line is overwritten, as a terminal can."""
        if self.verbose != 1:
            return False
        return front_end.current().can_overwrite(self.stream)

    def _FitStarted(self, event):
        self._fitting, self._epochs, self._steps = True, event.epochs, event.steps

    def _EpochStarted(self, event):
        self._started_at = self._clock()
        self._throttle.reset()
        self._print(f"Epoch {event.epoch + 1}/{self._epochs}\n")

    def _StepEnded(self, event):
        self._step(event, event.batch + 1, self._steps, self._started_at)

    def _EpochEnded(self, event):
        seconds = self._clock() - self._started_at
        self._final(event.steps, seconds, event.logs)
        self._steps = self._steps or event.steps

    def _FitEnded(self, event):
        self._fitting = False
        if event.status in (events.Status.INTERRUPTED, events.Status.FAILED):
            self._print(
                f"\nTraining {event.status}: the model is as of the last step.\n"
            )

    def _EvaluateStarted(self, event):
        self._evaluation_started_at = self._clock()
        self._evaluation_steps = event.steps

    def _EvaluateStepEnded(self, event):
        if not self._fitting:
            self._step(
                event,
                event.batch + 1,
                self._evaluation_steps,
                self._evaluation_started_at,
            )

    def _EvaluateEnded(self, event):
        if not self._fitting:
            seconds = self._clock() - self._evaluation_started_at
            self._final(event.steps, seconds, event.logs)

    def _PredictStarted(self, event):
        self._EvaluateStarted(event)

    def _PredictStepEnded(self, event):
        without_outputs = events.EvaluateStepEnded(event.seconds, event.batch, {})
        self._step(
            without_outputs,
            event.batch + 1,
            self._evaluation_steps,
            self._evaluation_started_at,
        )

    def _PredictEnded(self, event):
        self._final(event.steps, self._clock() - self._evaluation_started_at, {})

    def _step(self, event, done, total, started_at):
        if not self.moving or not self._throttle.take():
            return
        seconds = self._clock() - started_at
        left = f"{seconds / done * (total - done):.0f}s left" if total else "running"
        text = f"{_count(done, total)} {left}{_values(event.host().logs)}"
        self._line(text[: self._columns()])

    def _final(self, steps, seconds, logs):
        per_step = f"{_duration(seconds / max(steps, 1))}/step"
        if self.verbose == 2:
            self._line(f"{steps}/{steps} - {seconds:.0f}s - {per_step}{_values(logs)}")
        else:
            self._line(
                f"{_count(steps, steps)} {seconds:.0f}s {per_step}{_values(logs)}"
            )
        self._print("\n")
        self._width = 0

    def _columns(self):
        """Maximum length of the line: one that wraps cannot be overwritten."""
        if getattr(self.stream, "isatty", lambda: False)():
            return shutil.get_terminal_size().columns - 1
        return None

    def _line(self, text):
        if self.moving:
            self._print("\r" + text.ljust(self._width))
            self._width = len(text)
        else:
            self._print(text)

    def _print(self, text):
        output.write(text, self.stream)


def _count(done, total):
    if not total:
        return f"{done}/unknown"
    filled = min(BAR_WIDTH, int(BAR_WIDTH * done / total))
    bar = "━" * filled + "╺" * (BAR_WIDTH - filled)
    return f"{done:>{len(str(total))}}/{total} {bar}"


def _duration(seconds):
    if seconds >= 1:
        return f"{seconds:.1f}s"
    return f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"


def _values(logs):
    return "".join(
        f" - {display_name(name)}: {_number(value)}"
        for name, value in logs.items()
        if isinstance(value, float)
    )


def _number(value):
    return f"{value:.4e}" if abs(value) <= 1e-3 else f"{value:.4f}"
