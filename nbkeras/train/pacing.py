"""How far the loop runs ahead of the device, its speed limit, and its clock."""

import math
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from nbkeras.core.machine.interactions import interactions

# Steps queued on the device before the loop waits for the oldest. Two keep the device
# busy; more would only delay Ctrl-C and the progress line.
RUN_AHEAD = 2


class Pacer:
    """Keeps at most RUN_AHEAD steps in flight, so that a stop is prompt.

    While a reader uses a widget none stays in flight, so that the next answer shares
    the processor with one step at most.
    """

    def __init__(self) -> None:
        self._queue = deque()

    def add(self, value: Any) -> Any:
        """Add an output of a dispatched step; returns that of a finished step, or None.

        A step without outputs adds None and is not waited for.
        """
        if value is None:
            return None
        self._queue.append(value)
        oldest, ahead = None, 0 if interactions.are_recent() else RUN_AHEAD
        while len(self._queue) > ahead:
            oldest = self._queue.popleft()
            oldest.block_until_ready()
        return oldest

    def drain(self) -> None:
        """Wait for all steps."""
        while self._queue:
            self._queue.popleft().block_until_ready()


class Tempo:
    """Limits the speed to `speed` steps per second; None is no limit.

    Args:
        clock: () -> seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.speed = None
        self._clock, self._step_at = clock, -math.inf

    def left(self) -> float:
        """Seconds to wait before the next step; 0 if it is due."""
        if self.speed is None:
            return 0.0
        return max(self._step_at + 1 / self.speed - self._clock(), 0.0)

    def go(self) -> None:
        """Start a step."""
        self._step_at = self._clock()


def close(iterator: Any) -> None:
    """Call `iterator.close()` if there is such a method, as generators have."""
    method = getattr(iterator, "close", None)
    if method:
        method()


def stopwatch() -> Callable[[], float]:
    """A clock that starts now: () -> seconds."""
    start = time.monotonic()
    return lambda: time.monotonic() - start
