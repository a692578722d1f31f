"""Interactions of a page, which training lets go first.

A click on a widget is answered on another thread while a cell trains. Both would share
the processor's cores, and an answer that takes 0.2 s alone would take a second. So a
training loop waits before its next step while an answer is computed: the reader waits
for the answer, while nobody waits for a single step. An interaction holds training for
at most `HOLD_S`, and training takes at least one step after that time.
"""

import contextlib
import math
import threading
import time
from collections.abc import Callable, Generator

HOLD_S = 0.5
POLL_S = 0.002
# After an answer that took longer than this, more are likely: for a while training
# queues no steps on the device, since the next answer would wait for all of them.
SLOW_S = 0.02
RECENT_S = 3.0


class Interactions:
    """The interactions that are computed now, on all threads.

    Args:
        clock: () -> seconds; for tests.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._running: dict[object, tuple[int, float]] = {}
        self._slow_at = -math.inf

    @contextlib.contextmanager
    def first(self) -> Generator[None]:
        """Let what this thread computes in the context go before training."""
        key, began = object(), self._clock()
        self._running[key] = threading.get_ident(), began
        try:
            yield
        finally:
            del self._running[key]
            now = self._clock()
            if now - began > SLOW_S:
                self._slow_at = now

    def wait(self, is_urgent: Callable[[], bool]) -> None:
        """Wait while other threads compute interactions, at most `HOLD_S`.

        Args:
            is_urgent: whether the caller must go on, as when it has been stopped.
        """
        if not self._running:  # the usual case, on the path of every step
            return
        until = self._clock() + HOLD_S
        while self._others() and not is_urgent() and self._clock() < until:
            time.sleep(POLL_S)

    def are_recent(self) -> bool:
        """Whether a slow interaction is being computed or ended a moment ago."""
        return self._clock() - self._slow_at < RECENT_S or self._others()

    def _others(self):
        """Whether other threads compute interactions that may still hold this one."""
        running, since = list(self._running.values()), self._clock() - HOLD_S
        if threading.get_ident() in (thread for thread, _ in running):
            return False  # this thread computes one itself
        return any(began > since for _, began in running)


interactions = Interactions()
