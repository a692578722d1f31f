"""LiveUpdates: show a running experiment at a bounded rate, from its own thread."""

import threading
import time

from nbkeras.core.machine.background_threads import BackgroundThread

# Least seconds between two updates, and the largest share of the time that they take.
EVERY_S = 0.1
SHARE = 0.25


class LiveUpdates:
    """Calls `show` soon after `changed`, so that the training thread never waits.

    Args:
        show: () -> None; reads the experiment and publishes it.
        every_s: least seconds between two calls.
    """

    def __init__(self, show, every_s=EVERY_S):
        self._show, self._every_s = show, every_s
        self._changed, self._closed = threading.Event(), threading.Event()
        self._thread = None

    def changed(self):
        """Ask for an update; returns at once, on any thread."""
        self._changed.set()

    def start(self):
        """Start the thread, unless it runs."""
        if self._thread is None or not self._thread.is_alive():
            self._closed.clear()
            self._thread = BackgroundThread(
                self._work, "nbkeras-playground", cancel=self.close
            )
            self._thread.start()

    def close(self):
        """End the thread."""
        self._closed.set()
        self._changed.set()

    def _work(self):
        while True:
            self._changed.wait()
            if self._closed.is_set():
                return
            self._changed.clear()
            began = time.perf_counter()
            self._show()
            took = time.perf_counter() - began
            self._closed.wait(max(self._every_s, took / SHARE) - took)
