"""Requests to a running fit, from any thread; the loop looks at its step edges."""

import signal
import threading
from contextlib import contextmanager

from nbkeras.train.events import Status


class Control:
    """Stop, pause, and the words for why. Setting flags is all that others may do."""

    def __init__(self):
        self._status = None
        self._running = threading.Event()
        self._running.set()
        self.waiting = False
        self.in_user_code = False
        self.presses = 0

    @property
    def status(self):
        """None while the run may go on, else how it is to end."""
        return self._status

    def stop(self, status=Status.STOPPED):
        """End the run at the next step edge; the first request counts."""
        if self._status is None:
            self._status = Status(status)
        self._running.set()

    def pause(self):
        """Hold the run at the next step edge."""
        if self._status is None:
            self._running.clear()

    def resume(self):
        """Go on after a pause."""
        self._running.set()

    @property
    def paused(self):
        """Whether the run is held."""
        return not self._running.is_set()

    def wait(self):
        """Return when not paused; an interrupt ends the wait."""
        while not self._running.wait(0.05):
            pass


@contextmanager
def safe_wait(control):
    """Mark a stretch in which an interrupt may be raised at once: nothing is lost."""
    control.waiting = True
    try:
        if control.status is Status.INTERRUPTED:
            raise KeyboardInterrupt
        yield
    finally:
        control.waiting = False


@contextmanager
def interrupts_held(control):
    """Let Ctrl-C set a flag for the next step edge instead of striking anywhere.

    The step gives its old buffers away, so an exception between it and the swap of
    the state would lose the weights. A second press raises at once where user code
    runs or data is waited for, which is safe. Outside the main thread nothing is done:
    signals go to the main thread only.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    if before in (None, signal.SIG_IGN):
        yield
        return

    def pressed(signum, frame):
        control.presses += 1
        control.stop(Status.INTERRUPTED)
        if control.waiting or (control.in_user_code and control.presses > 1):
            raise KeyboardInterrupt

    try:
        signal.signal(signal.SIGINT, pressed)
        yield
    finally:
        signal.signal(signal.SIGINT, before)
