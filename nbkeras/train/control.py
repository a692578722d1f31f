"""Requests to a running fit, from any thread; the loop looks at its step edges."""

import math
import numbers
import threading
from collections import deque
from typing import NamedTuple

from nbkeras.train.events import Status

# A wait without an end could not be interrupted on every system; this one wakes four
# times a second, which costs nothing that can be measured.
WAKE_S = 0.25


class Move(NamedTuple):
    """One request that a run has taken up: see `Control` for the names."""

    name: str
    value: float | None = None


class Control:
    """Stop, pause, step, change the learning rate, validate: asked here, done there.

    Every method may be called from any thread, and from a signal handler, at any
    time. It only notes the request and returns at once; the run takes the requests up
    in their order before its next training step, and tells each as a `Steered` event.
    A request that this run cannot fulfil raises ValueError in the caller.

    Args:
        refuses: {"learning_rate" or "validate": why this run cannot do it}.
    """

    def __init__(self, refuses=None):
        # Reentrant, since a signal handler may strike while its own thread holds it.
        self._changed = threading.Condition(threading.RLock())
        self._moves = deque()
        self._status = None
        self._finish = False
        self._held = False
        self._once = False
        self._waiting = False
        self.refuses = dict(refuses or {})

    @property
    def status(self):
        """None while the run may go on, else how it is to end."""
        return self._status

    @property
    def paused(self):
        """Whether the run stands still and waits for `resume`, `step` or `stop`."""
        return self._waiting

    @property
    def unattended(self):
        """Whether nobody holds the run or waits for a request to be taken up."""
        return not (self._moves or self._held)

    @property
    def cut_short(self):
        """Whether the run is to end at once, without the rest of its epoch."""
        return self._status is not None and not self._finish

    def stop(self, status=Status.STOPPED, finish=False):
        """End the run before its next step; the first request counts.

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

    def pause(self):
        """Hold the run before its next step. A paused run costs no processor time."""
        self._ask("pause")

    def resume(self):
        """Go on after a pause."""
        self._ask("resume")

    def step(self):
        """Train on one batch, then hold; also pauses a run that is under way."""
        self._ask("step")

    def set_learning_rate(self, value):
        """Train on with this rate from the next step on.

        Args:
            value: a finite number of at least 0.

        Raises:
            ValueError: not such a number, or the rate follows a schedule.
        """
        self._may("learning_rate")
        number = isinstance(value, numbers.Real) and not isinstance(value, bool)
        if not number or not math.isfinite(value) or value < 0:
            raise ValueError(
                f"set_learning_rate({value!r}): the rate must be a finite number of "
                "at least 0. Write for example set_learning_rate(0.001)."
            )
        self._ask("learning_rate", float(value))

    def validate_now(self):
        """Validate before the next step; the result comes as an `EvaluateEnded`.

        Raises:
            ValueError: the run has no validation data.
        """
        self._may("validate")
        self._ask("validate")

    def next_move(self):
        """For the loop, before a step: the next request, or None to train on.

        Blocks while the run is paused and nothing is asked.
        """
        if not self._moves and not self._held:
            return None
        with self._changed:
            while not self._moves:
                if self._status is not None or not self._held or self._once:
                    self._once = False
                    return None
                self._waiting = True
                try:
                    self._changed.wait(WAKE_S)
                finally:
                    self._waiting = False
            move = self._moves.popleft()
            self._held = {"pause": True, "step": True, "resume": False}.get(
                move.name, self._held
            )
            self._once = move.name == "step" or (self._once and self._held)
            return move

    def _ask(self, name, value=None):
        with self._changed:
            if self._status is None:
                self._moves.append(Move(name, value))
            self._changed.notify_all()

    def _may(self, name):
        if name in self.refuses:
            raise ValueError(self.refuses[name])
