"""Throttle: limit how often something happens."""

import math
import time
from collections.abc import Callable


class Throttle:
    """Allow at most one update every `every_s` seconds.

    Args:
        every_s: seconds between two updates, at least.
        clock: seconds, on a clock that only goes forward.

    The first is due at once.

    >>> seconds = iter([0.0, 0.1, 0.6])
    >>> throttle = Throttle(0.5, clock=lambda: next(seconds))
    >>> throttle.take(), throttle.take(), throttle.take()
    (True, False, True)
    """

    def __init__(
        self, every_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.every_s = every_s
        self._clock = clock
        self._taken_at = -math.inf

    def due(self) -> bool:
        """Whether an update may happen now."""
        return self._clock() - self._taken_at >= self.every_s

    def take(self) -> bool:
        """Whether an update may happen now; if so, start the next interval."""
        now = self._clock()
        if now - self._taken_at < self.every_s:
            return False
        self._taken_at = now
        return True

    def restart(self) -> None:
        """Start the next interval now, whether or not an update was due."""
        self._taken_at = self._clock()

    def reset(self) -> None:
        """Make the next update due immediately."""
        self._taken_at = -math.inf
