"""Run: the handle of a fit on a background thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from nbkeras.core.machine.background_threads import BackgroundThread
from nbkeras.train.events import Status

if TYPE_CHECKING:
    from nbkeras.train.control import Control


class Run:
    """A training run in the background, returned by `fit(..., background=True)`.

    Args:
        work: () -> None, trains; what it raises is kept for `wait`.
        control: the `Control` that the run looks at.
        history: the `History` that the run fills.
        rate: () -> the learning rate as a float.

    All methods may be called from any thread and return at once, except `wait`.
    """

    def __init__(
        self,
        work: Callable[[], Any],
        control: Control,
        history: Any,
        rate: Callable[[], float],
    ) -> None:
        self.control, self.history = control, history
        self._work, self._rate = work, rate
        self._error = None
        self._over = threading.Event()

    def start(self) -> Self:
        """Start the run; returns self."""
        BackgroundThread(self._train, "nbkeras-fit", cancel=self.stop).start()
        return self

    def _train(self):
        try:
            self._work()
        except BaseException as error:
            self._error = error
        finally:
            self._over.set()

    @property
    def status(self) -> Status:
        """A `Status`: "running" or "paused", and how it ended when it is over."""
        if not self._over.is_set():
            return Status.PAUSED if self.control.paused else Status.RUNNING
        return Status.FAILED if self._error is not None else self.history.status

    @property
    def done(self) -> bool:
        """Whether the run is over."""
        return self._over.is_set()

    @property
    def error(self) -> BaseException | None:
        """The exception that ended the run, or None."""
        return self._error

    @property
    def learning_rate(self) -> Any:
        """The learning rate of the next step; can be set."""
        return self._rate()

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self._need_running("learning_rate")
        self.control.set_learning_rate(value)

    @property
    def speed(self) -> float | None:
        """The maximum number of steps per second; None for no limit; can be set."""
        return self.control.speed

    @speed.setter
    def speed(self, value: Any) -> None:
        self._need_running("speed")
        self.control.set_speed(value)

    def pause(self) -> None:
        """Pause before the next step; the model can be used meanwhile."""
        self._need_running("pause")
        self.control.pause()

    def resume(self) -> None:
        """Resume after a pause."""
        self._need_running("resume")
        self.control.resume()

    def step(self) -> None:
        """Train on one batch, then pause."""
        self._need_running("step")
        self.control.step()

    def validate_now(self) -> None:
        """Validate before the next step."""
        self._need_running("validate_now")
        self.control.validate_now()

    def stop(self) -> None:
        """Stop before the next step; completed steps are kept. Safe to repeat."""
        self.control.stop()

    def wait(self, timeout: float | None = None) -> Any:
        """Wait for the end; returns the History. Ctrl-C ends the wait, not the run.

        Args:
            timeout: seconds; None waits as long as it takes.

        Raises:
            TimeoutError: it is not over yet; it goes on.
            Exception: what ended the run, with the traceback of its thread.
        """
        if not self._over.wait(timeout):
            raise TimeoutError(
                f"The run is still going after {timeout} s ({self!r}). Wait longer, or "
                "stop it with run.stop()."
            )
        if self._error is not None:
            raise self._error
        return self.history

    def _need_running(self, what):
        if self.done:
            raise RuntimeError(
                f"run.{what}: the run is over ({self.status}). Start another: run = "
                "model.fit(..., background=True)."
            )

    def __repr__(self):
        return f"<Run {self.status}, {len(self.history.epoch)} epochs done>"
