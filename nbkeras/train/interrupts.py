"""Ctrl-C and the Stop button take effect at a step edge, where nothing can be lost."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from nbkeras.train.control import Control
from nbkeras.train.events import Status

# This many presses within so many seconds strike at once, wherever the code is.
PRESSES = 3
WITHIN_S = 2.0


class Interrupts:
    """What the handler needs to know of a run.

    Args:
        control: told to stop at the first press.

    `safe` says that an exception may be raised at once (the loop waits for data);
    `in_user_code` that a second press may be.
    """

    def __init__(self, control: Control | None = None) -> None:
        self.control = control or Control()
        self.safe = False
        self.in_user_code = False
        self._presses = []

    def pressed(
        self, signum: int | None = None, frame: FrameType | None = None
    ) -> None:
        """The signal handler."""
        now = time.monotonic()
        self._presses = [t for t in self._presses if now - t < WITHIN_S] + [now]
        again = self.control.status is Status.INTERRUPTED
        self.control.stop(Status.INTERRUPTED)
        if self.safe or (again and self.in_user_code) or len(self._presses) >= PRESSES:
            raise KeyboardInterrupt

    def fetch(self, iterator: Iterator[Any], safe: bool) -> Any:
        """The next item, None at the end. Waiting for it may be interrupted.

        Args:
            iterator: of batches.
            safe: whether at once, since it can be read anew; else a first press
                waits for the item, since a generator would be at its end for good.
        """
        try:
            self.in_user_code = True
            self.safe = safe
            return next(iterator, None)
        finally:
            self.safe = self.in_user_code = False


@contextmanager
def interrupts_held(control: Control) -> Iterator[Any]:
    """Let Ctrl-C set a flag for the next step edge instead of striking anywhere.

    A step gives its old buffers away, so an exception between it and the swap of the
    state would lose the newest weights. A second press raises at once where user code
    runs; a third within two seconds raises anywhere, and the model then falls back to
    its last snapshot. A press that came too late for the run raises at the end.
    Outside the main thread nothing is done: signals go to the main thread only.

    Args:
        control: is told to stop.

    Yields:
        `Interrupts`, to say where an interrupt is safe.

    Raises:
        KeyboardInterrupt: at the end, if one is due and nothing else was raised.
    """
    interrupts = Interrupts(control)
    before = None
    if threading.current_thread() is threading.main_thread():
        before = signal.getsignal(signal.SIGINT)
    if before in (None, signal.SIG_IGN):
        yield interrupts
        return
    try:
        signal.signal(signal.SIGINT, interrupts.pressed)
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, before)
    if control.status is Status.INTERRUPTED:
        raise KeyboardInterrupt


@contextmanager
def interrupts_put_off() -> Iterator[None]:
    """Let Ctrl-C strike after the block, as if it had been pressed then.

    For code that calls back into Python from C, as h5py does while it writes to
    memory: an exception there comes out as a SystemError. A third press within two
    seconds strikes at once. Within a run of `interrupts_held` nothing changes: there a
    press strikes at the next step.
    """
    before = None
    if threading.current_thread() is threading.main_thread():
        before = signal.getsignal(signal.SIGINT)
    held = isinstance(getattr(before, "__self__", None), Interrupts)
    if before in (None, signal.SIG_IGN) or held:
        yield
        return
    presses: list[float] = []

    def pressed(signum: int, frame: FrameType | None) -> None:
        presses.append(time.monotonic())
        latest = presses[-PRESSES:]
        if len(latest) == PRESSES and latest[-1] - latest[0] < WITHIN_S:
            presses.clear()
            raise KeyboardInterrupt

    try:
        signal.signal(signal.SIGINT, pressed)
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if presses:
        signal.raise_signal(signal.SIGINT)


class InterruptPolicy:
    """How an interrupted fit ends: by KeyboardInterrupt, or quietly, like a stop.

    A front end that sets `quiet` gets the History and a usable model. So that a loop of
    fits still ends, whatever trains next in the same execution raises at once.
    """

    def __init__(self) -> None:
        self.quiet = False
        self._due = False

    def begin_execution(self, *_: Any) -> None:
        """The user runs something new; an interrupt before it no longer matters."""
        self._due = False

    def before_fit(self) -> None:
        """Raise what a quiet ending in this execution has put off."""
        if self._due:
            self._due = False
            raise KeyboardInterrupt("this execution was interrupted and trains no more")

    def swallows(self, status: Status) -> bool:
        """Whether the exception of a run that ended so need not be raised."""
        self._due = self.quiet and status is Status.INTERRUPTED
        return self._due


interrupt_policy = InterruptPolicy()
