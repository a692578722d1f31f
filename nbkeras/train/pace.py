"""How far the loop runs ahead of the device, and what time it is."""

import time
from collections import deque

# Steps that may be queued on the device before the loop waits for the oldest. Two keep
# the device busy; more would only delay Ctrl-C and the progress line.
RUN_AHEAD = 2


class Pacer:
    """Keeps at most RUN_AHEAD steps in flight, so that a stop is prompt."""

    def __init__(self):
        self._queue = deque()

    def add(self, value):
        """Note a dispatched step; returns the value of an older, finished one."""
        self._queue.append(value)
        if len(self._queue) <= RUN_AHEAD:
            return None
        oldest = self._queue.popleft()
        oldest.block_until_ready()
        return oldest

    def drain(self):
        """Wait for all steps."""
        while self._queue:
            self._queue.popleft().block_until_ready()


def close(iterator):
    """Close a generator, or anything else that can be closed."""
    stop = getattr(iterator, "close", None)
    if stop:
        stop()


def stopwatch():
    """A clock that begins at 0 now."""
    start = time.monotonic()
    return lambda: time.monotonic() - start
