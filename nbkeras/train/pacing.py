"""How far the loop runs ahead of the device, how fast it goes, and what time it is."""

import math
import time
from collections import deque
from collections.abc import Callable
from typing import Any

# Steps that may be queued on the device before the loop waits for the oldest. Two keep
# the device busy; more would only delay Ctrl-C and the progress line.
RUN_AHEAD = 2


class Pacer:
    """Keeps at most RUN_AHEAD steps in flight, so that a stop is prompt."""

    def __init__(self) -> None:
        self._queue = deque()

    def add(self, value: Any) -> Any:
        """Note a dispatched step; returns the value of an older, finished one.

        None where the step gives no number to wait for.
        """
        if value is None:
            return None
        self._queue.append(value)
        if len(self._queue) <= RUN_AHEAD:
            return None
        oldest = self._queue.popleft()
        oldest.block_until_ready()
        return oldest

    def drain(self) -> None:
        """Wait for all steps."""
        while self._queue:
            self._queue.popleft().block_until_ready()


class Tempo:
    """At most `speed` steps a second; None goes as fast as it can.

    Args:
        clock: seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.speed = None
        self._clock, self._went = clock, -math.inf

    def left(self) -> float:
        """Seconds to wait before the next step, 0 when it is due."""
        if self.speed is None:
            return 0.0
        return max(self._went + 1 / self.speed - self._clock(), 0.0)

    def go(self) -> None:
        """Note that a step begins."""
        self._went = self._clock()


def close(iterator: Any) -> None:
    """Close a generator, or anything else that can be closed."""
    stop = getattr(iterator, "close", None)
    if stop:
        stop()


def stopwatch() -> Callable[[], float]:
    """A clock that begins at 0 now."""
    start = time.monotonic()
    return lambda: time.monotonic() - start
