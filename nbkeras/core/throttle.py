"""Throttle: how often something may happen, told by a clock."""

import math
import time
from collections.abc import Callable


class Throttle:
    """Says when the next update is due: at most one in `every_s` seconds.

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
        """Whether an update may happen now; if so, the next has to wait."""
        now = self._clock()
        if now - self._taken_at < self.every_s:
            return False
        self._taken_at = now
        return True

    def restart(self) -> None:
        """An update happens now, due or not; the next has to wait."""
        self._taken_at = self._clock()

    def reset(self) -> None:
        """The next update is due at once."""
        self._taken_at = -math.inf
