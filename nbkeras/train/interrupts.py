"""Defer Ctrl-C and the Stop button to the end of a step, so no weights are lost."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from nbkeras.train.control import Control
from nbkeras.train.events import Status

# So many presses within so many seconds raise immediately, at any place in the code.
PRESSES = 3
WITHIN_S = 2.0


class Interrupts:
    """The signal handler of a run, and where an interrupt is safe.

    Args:
        control: the `Control` that the first press stops.

    While `safe` is True (the loop waits for data), a press raises at once; while
    `in_user_code` is True, a second press does.
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
        is_second = self.control.status is Status.INTERRUPTED
        self.control.stop(Status.INTERRUPTED)
        raises = self.safe or (is_second and self.in_user_code)
        if raises or len(self._presses) >= PRESSES:
            raise KeyboardInterrupt

    def fetch(self, iterator: Iterator[Any], safe: bool) -> Any:
        """The next item of `iterator`, or None at the end; the wait can be interrupted.

        Args:
            iterator: an iterator of batches.
            safe: whether the first press raises at once, since the data can be read
                again. An interrupted generator could not be continued, so for it the
                first press waits for the item.
        """
        try:
            self.in_user_code = True
            self.safe = safe
            return next(iterator, None)
        finally:
            self.safe = self.in_user_code = False


@contextmanager
def interrupts_held(control: Control) -> Iterator[Any]:
    """A context in which Ctrl-C stops the run after the current step.

    A step donates its old buffers, so an exception before the new state is stored would
    lose the latest weights. A second press raises at once while user code runs; a third
    within two seconds raises anywhere, and the model is then restored from its last
    snapshot. A press after the last step raises at the end of the context. Outside the
    main thread, which alone receives signals, the context does nothing.

    Args:
        control: the `Control` of the run, which is stopped.

    Yields:
        `Interrupts`, which the loop tells where an interrupt is safe.

    Raises:
        KeyboardInterrupt: at the end, if the run was interrupted without raising.
    """
    interrupts = Interrupts(control)
    previous_handler = None
    if threading.current_thread() is threading.main_thread():
        previous_handler = signal.getsignal(signal.SIGINT)
    if previous_handler in (None, signal.SIG_IGN):
        yield interrupts
        return
    try:
        signal.signal(signal.SIGINT, interrupts.pressed)
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, previous_handler)
    if control.status is Status.INTERRUPTED:
        raise KeyboardInterrupt


@contextmanager
def interrupts_put_off() -> Iterator[None]:
    """A context that defers Ctrl-C to its end.

    For C code that calls back into Python, as h5py does while it writes to memory: an
    exception there would surface as a SystemError. A third press within two seconds
    raises at once. Within `interrupts_held`, which defers interrupts already, the
    context does nothing.
    """
    previous_handler = None
    if threading.current_thread() is threading.main_thread():
        previous_handler = signal.getsignal(signal.SIGINT)
    is_deferred = isinstance(getattr(previous_handler, "__self__", None), Interrupts)
    if previous_handler in (None, signal.SIG_IGN) or is_deferred:
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
        signal.signal(signal.SIGINT, previous_handler)
    if presses:
        signal.raise_signal(signal.SIGINT)


class InterruptPolicy:
    """Whether an interrupted fit raises KeyboardInterrupt, or returns its History.

    If a front end sets `quiet`, fit returns the History. So that a loop over several
    fits ends too, the next fit in the same execution raises KeyboardInterrupt.
    """

    def __init__(self) -> None:
        self.quiet = False
        self._is_pending = False

    def begin_execution(self, *_: Any) -> None:
        """Start a new execution, such as a notebook cell: forget earlier interrupts."""
        self._is_pending = False

    def before_fit(self) -> None:
        """Raise KeyboardInterrupt if an earlier fit was interrupted quietly."""
        if self._is_pending:
            self._is_pending = False
            raise KeyboardInterrupt("this execution was interrupted and trains no more")

    def swallows(self, status: Status) -> bool:
        """Whether a run that ended with `status` returns instead of raising."""
        self._is_pending = self.quiet and status is Status.INTERRUPTED
        return self._is_pending


interrupt_policy = InterruptPolicy()
