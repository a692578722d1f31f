"""Control: requests to a running fit from any thread, served at step edges."""

import math
import numbers
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from nbkeras.train.events import Status
from nbkeras.train.pacing import Tempo

# A wait without an end could not be interrupted on every system; this one wakes four
# times a second, which costs nothing that can be measured.
WAKE_S = 0.25


class Move(NamedTuple):
    """One request that a run has served: see `Control` for the names."""

    name: str
    value: float | None = None


class Control:
    """Requests to a run: stop, pause, step, slow down, change the rate, validate.

    Every method may be called from any thread, and from a signal handler, at any
    time. It only notes the request and returns at once; the run takes the requests up
    in their order before its next training step, and tells each as a `Steered` event.
    A request that this run cannot fulfil raises ValueError in the caller.

    Args:
        refuses: {"learning_rate" or "validate": why this run cannot do it}.
        clock: seconds, for tests.
    """

    def __init__(
        self,
        refuses: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # Reentrant, since a signal handler may strike while its own thread holds it.
        self._changed = threading.Condition(threading.RLock())
        self._moves = deque()
        self._status = None
        self._finish = False
        self._held = False
        self._once = False
        self._waiting = False
        self._tempo = Tempo(clock)
        self.refuses = dict(refuses or {})

    @property
    def status(self) -> Status | None:
        """None while the run continues, else how it will end."""
        return self._status

    @property
    def paused(self) -> bool:
        """Whether the run is paused, until `resume`, `step` or `stop`."""
        return self._waiting

    @property
    def speed(self) -> float | None:
        """The maximum number of steps per second; None for no limit."""
        return self._tempo.speed

    @property
    def unattended(self) -> bool:
        """Whether there is neither a pause, a speed limit nor a pending request.

        Only then may it take several steps before it looks here again.
        """
        return not (self._moves or self._held or self.speed)

    @property
    def cut_short(self) -> bool:
        """Whether the run ends immediately, without the rest of its epoch."""
        return self._status is not None and not self._finish

    def stop(self, status: Status = Status.STOPPED, finish: bool = False) -> None:
        """Stop the run before its next step; the first request counts.

        Args:
            status: how `FitEnded` is to call it.
            finish: validate and close the epoch first, as Keras does when a callback
                sets `stop_training`. A later stop without it ends that too.
        """
        with self._changed:
            if self._status is None or (self._finish and not finish):
                self._status, self._finish = Status(status), finish
            self._moves.clear()
            self._changed.notify_all()

    def pause(self) -> None:
        """Pause the run before its next step. A paused run uses no processor time."""
        self._ask("pause")

    def resume(self) -> None:
        """Resume after a pause."""
        self._ask("resume")

    def step(self) -> None:
        """Train on one batch, then hold; also pauses a run that is under way."""
        self._ask("step")

    def set_speed(self, value: Any) -> None:
        """Train on with so many steps a second at most, to watch each of them.

        Args:
            value: a finite number above 0; None goes on as fast as it can. Only the
                time between steps changes, no number does.

        Raises:
            ValueError: not such a number.
        """
        if value is not None and not (_is_finite(value) and value > 0):
            raise ValueError(
                f"set_speed({value!r}): the speed must be a finite number of steps a "
                "second above 0, or None for as fast as it goes. Write for example "
                "set_speed(2)."
            )
        self._ask("speed", None if value is None else float(value))

    def set_learning_rate(self, value: Any) -> None:
        """Train on with this rate from the next step on.

        Args:
            value: a finite number of at least 0.

        Raises:
            ValueError: not such a number, or the rate follows a schedule.
        """
        self._may("learning_rate")
        if not _is_finite(value) or value < 0:
            raise ValueError(
                f"set_learning_rate({value!r}): the rate must be a finite number of "
                "at least 0. Write for example set_learning_rate(0.001)."
            )
        self._ask("learning_rate", float(value))

    def validate_now(self) -> None:
        """Validate before the next step; the result comes as an `EvaluateEnded`.

        Raises:
            ValueError: the run has no validation data.
        """
        self._may("validate")
        self._ask("validate")

    def next_move(self) -> Any:
        """For the loop, before a step: the next request, or None to train on.

        Blocks while the run is paused, or ahead of its speed, and nothing is asked.
        """
        if self.unattended:
            return None
        with self._changed:
            while not self._moves:
                left = self._seconds_left()
                if left <= 0:
                    self._once = False
                    self._tempo.go()
                    return None
                self._waiting = self._held
                try:
                    self._changed.wait(min(left, WAKE_S))
                finally:
                    self._waiting = False
            move = self._moves.popleft()
            if move.name == "speed":
                self._tempo.speed = move.value
            self._held = {"pause": True, "step": True, "resume": False}.get(
                move.name, self._held
            )
            self._once = move.name == "step" or (self._once and self._held)
            return move

    def _seconds_left(self):
        """Until the next step may be taken; while the run is held, without an end."""
        if self._status is not None or self._once:
            return 0.0
        return math.inf if self._held else self._tempo.left()

    def _ask(self, name, value=None):
        with self._changed:
            if self._status is None:
                self._moves.append(Move(name, value))
            self._changed.notify_all()

    def _may(self, name):
        if name in self.refuses:
            raise ValueError(self.refuses[name])


def _is_finite(value):
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return number and math.isfinite(value)
