"""Control: requests to a running fit from any thread, served between steps."""

import math
import numbers
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from nbkeras.core import check
from nbkeras.core.machine.interactions import interactions
from nbkeras.train.events import Status
from nbkeras.train.pacing import Tempo

# A wait without a timeout cannot be interrupted on every system. This one wakes four
# times a second, which has no measurable cost.
WAKE_S = 0.25


class Move(NamedTuple):
    """One request to a run: "pause", "learning_rate"..., see `Control`.

    The value of a "loss_weight" is (output, weight).
    """

    name: str
    value: Any = None


class Control:
    """Requests to a run: stop, pause, step, validate; set speed, rate, loss weights.

    Every method may be called from any thread or signal handler at any time. It queues
    the request and returns at once; the run serves requests in order before its next
    training step, and emits a `Steered` event for each. A request that the run cannot
    serve raises ValueError in the caller.

    Args:
        refuses: {"learning_rate", "loss_weight" or "validate": reason why the run
            cannot do it}.
        clock: () -> seconds; for tests.

    `losses` are the names of the run's losses, if there are several.
    """

    def __init__(
        self,
        refuses: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # Reentrant: a signal handler may run while its own thread holds the lock.
        self._changed = threading.Condition(threading.RLock())
        self._moves = deque()
        self._status = None
        self._finish = False
        self._paused = False
        self._single_step = False
        self._waiting = False
        self._tempo = Tempo(clock)
        self.refuses = dict(refuses or {})
        self.losses: tuple[str, ...] = ()

    @property
    def status(self) -> Status | None:
        """None while the run continues; after a stop, how the run will end."""
        return self._status

    @property
    def paused(self) -> bool:
        """Whether the run is waiting for `resume`, `step` or `stop`."""
        return self._waiting

    @property
    def speed(self) -> float | None:
        """The maximum number of steps per second; None for no limit."""
        return self._tempo.speed

    @property
    def unattended(self) -> bool:
        """Whether there is no pause, speed limit or pending request.

        Only then may the run take several steps in one dispatch.
        """
        return not (self._moves or self._paused or self.speed)

    @property
    def cut_short(self) -> bool:
        """Whether the run ends immediately, without finishing its epoch."""
        return self._status is not None and not self._finish

    def stop(self, status: Status = Status.STOPPED, finish: bool = False) -> None:
        """Stop the run before its next step; the first request determines the status.

        Args:
            status: the status that `FitEnded` reports.
            finish: whether to validate and end the epoch first, as Keras does when a
                callback sets `stop_training`; a later stop with False overrides it.
        """
        with self._changed:
            if self._status is None or (self._finish and not finish):
                self._status, self._finish = Status(status), finish
            self._moves.clear()
            self._changed.notify_all()

    def pause(self) -> None:
        """Pause the run before its next step. A paused run uses no processor time."""
        self._request("pause")

    def resume(self) -> None:
        """Resume after a pause."""
        self._request("resume")

    def step(self) -> None:
        """Train on one batch, then pause; a running run pauses after its next batch."""
        self._request("step")

    def set_speed(self, value: Any) -> None:
        """Limit the number of steps per second, to watch single steps.

        Args:
            value: a finite number above 0; None removes the limit. The limit only
                changes the time between steps, not the results.

        Raises:
            ValueError: `value` is not such a number.
        """
        if value is not None and not (_is_finite(value) and value > 0):
            raise ValueError(
                f"set_speed({value!r}): the speed must be a finite number of steps per "
                "second above 0, or None for no limit. Write for example set_speed(2)."
            )
        self._request("speed", None if value is None else float(value))

    def set_learning_rate(self, value: Any) -> None:
        """Set the learning rate, from the next step on.

        Args:
            value: a finite number of at least 0.

        Raises:
            ValueError: `value` is not such a number, or the rate follows a schedule.
        """
        self._check_supported("learning_rate")
        if not _is_finite(value) or value < 0:
            raise ValueError(
                f"set_learning_rate({value!r}): the rate must be a finite number of "
                "at least 0. Write for example set_learning_rate(0.001)."
            )
        self._request("learning_rate", float(value))

    def set_loss_weight(self, output: str, value: Any) -> None:
        """Set the factor of one of several losses, from the next step on.

        Args:
            output: name of the output, as in the logs without "_loss".
            value: a finite number of at least 0.

        Raises:
            ValueError: there is no such loss, `value` is not such a number, or the run
                has one loss or learns the weights.
        """
        self._check_supported("loss_weight")
        value = checked_loss_weight(output, value, self.losses)
        self._request("loss_weight", (output, value))

    def validate_now(self) -> None:
        """Validate before the next step; the result is an `EvaluateEnded` event.

        Raises:
            ValueError: the run has no validation data.
        """
        self._check_supported("validate")
        self._request("validate")

    def next_move(self) -> Any:
        """The next request to serve before a step; None to take the step.

        Without a request it blocks while the run is paused, until the speed limit
        allows the next step, or for a moment while a widget computes an answer.
        """
        interactions.wait(self._is_asked)
        if self.unattended:
            return None
        with self._changed:
            while not self._moves:
                wait_s = self._wait_s()
                if wait_s <= 0:
                    self._single_step = False
                    self._tempo.go()
                    return None
                self._waiting = self._paused
                try:
                    self._changed.wait(min(wait_s, WAKE_S))
                finally:
                    self._waiting = False
            move = self._moves.popleft()
            if move.name == "speed":
                self._tempo.speed = move.value
            self._paused = {"pause": True, "step": True, "resume": False}.get(
                move.name, self._paused
            )
            self._single_step = move.name == "step" or (
                self._single_step and self._paused
            )
            return move

    def _is_asked(self):
        """Whether there is a request, or the run has been stopped."""
        return bool(self._moves) or self._status is not None

    def _wait_s(self):
        """Seconds until the next step may be taken; infinite while paused."""
        if self._status is not None or self._single_step:
            return 0.0
        return math.inf if self._paused else self._tempo.left()

    def _request(self, name, value=None):
        with self._changed:
            if self._status is None:
                self._moves.append(Move(name, value))
            self._changed.notify_all()

    def _check_supported(self, name):
        if name in self.refuses:
            raise ValueError(self.refuses[name])


def checked_loss_weight(output: Any, value: Any, losses: Sequence[str]) -> float:
    """The weight of a loss.

    Raises:
        ValueError: it is not a finite number of at least 0, or `output` is not in
            `losses`.
    """
    call = f"set_loss_weight({output!r}, {value!r})"
    if output not in losses:
        near = check.did_you_mean(output, losses)
        raise ValueError(
            f"{call}: there is no such loss. The losses are "
            f"{', '.join(map(repr, losses))}.{near} Write for example "
            f"set_loss_weight({losses[0] if losses else ''!r}, 0.5)."
        )
    if not _is_finite(value) or value < 0:
        raise ValueError(
            f"{call}: the weight must be a finite number of at least 0. Write for "
            f"example set_loss_weight({output!r}, 0.5)."
        )
    return float(value)


def _is_finite(value):
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return number and math.isfinite(value)
