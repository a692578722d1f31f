"""Stop, pause and the budget of seconds, for a search and for the fit it waits for."""

import threading
import time
from collections.abc import Callable
from typing import Any

from nbkeras.train.control import Control


class SearchControl:
    """Requests to a search from any thread; the fit under way answers at its next step.

    Args:
        seconds: the budget, pauses left out; None for no limit.
        clock: seconds, for tests.

    `changed` is the lock of its state, notified of each stop and resumption.
    """

    def __init__(
        self, seconds: float | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.changed = threading.Condition(threading.RLock())
        self._budget_s, self._clock = seconds, clock
        self._used_s, self._since = 0.0, clock()
        self._fit: Control | None = None
        self._timer: threading.Timer | None = None
        self._ended: str | None = None
        self._paused = self._is_over = False
        self._arm()

    @property
    def ended(self) -> str | None:
        """Why the search is to end: "stopped", "seconds", or None to go on."""
        return self._ended

    @property
    def paused(self) -> bool:
        """Whether a pause was asked for."""
        return self._paused

    @property
    def seconds(self) -> float:
        """How long the search has run, pauses left out."""
        with self.changed:
            stands_still = self._paused or self._is_over
            return self._used_s + (0 if stands_still else self._clock() - self._since)

    def stop(self, why: str = "stopped") -> None:
        """End the search, and the trial under way, before its next step."""
        with self.changed:
            self._ended = self._ended or why
            self._disarm()
            if self._fit is not None:
                self._fit.stop()
            self.changed.notify_all()

    def pause(self) -> None:
        """Hold the trial under way before its next step; no time is counted."""
        with self.changed:
            if self._paused or self._ended:
                return
            self._used_s, self._paused = self.seconds, True
            self._disarm()
            if self._fit is not None:
                self._fit.pause()

    def resume(self) -> None:
        """Go on after a pause."""
        with self.changed:
            if not self._paused:
                return
            self._paused, self._since = False, self._clock()
            self._arm()
            if self._fit is not None:
                self._fit.resume()
            self.changed.notify_all()

    def steer(self, fit: Control | None) -> None:
        """From now on `fit` is the run under way; None for none."""
        with self.changed:
            self._fit = fit
            if fit is None:
                return
            if self._ended:
                fit.stop()
            elif self._paused:
                fit.pause()

    def wait_while_paused(self) -> None:
        """Block between two trials while the search is paused."""
        with self.changed:
            while self._paused and not self._ended:
                self.changed.wait(0.25)

    def close(self) -> None:
        """The search is over."""
        with self.changed:
            self._used_s, self._is_over = self.seconds, True
            self._disarm()

    def _arm(self):
        if self._budget_s is None:
            return
        left = max(self._budget_s - self._used_s, 0.0)
        self._timer = threading.Timer(left, self.stop, args=("seconds",))
        self._timer.daemon = True
        self._timer.start()

    def _disarm(self):
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class FitSteering:
    """A sink of `fit` that hands the control of its run to a `SearchControl`."""

    takes_events = True
    # It reacts between no two steps, so that several may be dispatched in one call.
    is_display = True

    def __init__(self, search: SearchControl) -> None:
        self._search = search

    def attach(self, plan: Any, control: Control, model: Any) -> None:
        """Called once, before the run."""
        self._search.steer(control)

    def __call__(self, event: Any) -> None:
        """No event matters."""

    def close(self) -> None:
        """The run is over."""
        self._search.steer(None)
