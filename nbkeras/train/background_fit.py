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
        work: () -> None, the training; `wait` raises its exception.
        control: the `Control` of the run.
        history: the `History` of the run.
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
        self._done = threading.Event()

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
            self._done.set()

    @property
    def status(self) -> Status:
        """A `Status`: "running" or "paused"; after the end, how the run ended."""
        if not self._done.is_set():
            return Status.PAUSED if self.control.paused else Status.RUNNING
        return Status.FAILED if self._error is not None else self.history.status

    @property
    def done(self) -> bool:
        """Whether the run has ended."""
        return self._done.is_set()

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
        self._require_running("learning_rate")
        self.control.set_learning_rate(value)

    @property
    def speed(self) -> float | None:
        """The maximum number of steps per second; None for no limit; can be set."""
        return self.control.speed

    @speed.setter
    def speed(self, value: Any) -> None:
        self._require_running("speed")
        self.control.set_speed(value)

    def set_loss_weight(self, output: str, value: float) -> None:
        """Set the factor of one of several losses, from the next step on."""
        self._require_running("set_loss_weight")
        self.control.set_loss_weight(output, value)

    def pause(self) -> None:
        """Pause before the next step; the model can be used meanwhile."""
        self._require_running("pause")
        self.control.pause()

    def resume(self) -> None:
        """Resume after a pause."""
        self._require_running("resume")
        self.control.resume()

    def step(self) -> None:
        """Train on one batch, then pause."""
        self._require_running("step")
        self.control.step()

    def validate_now(self) -> None:
        """Validate before the next step."""
        self._require_running("validate_now")
        self.control.validate_now()

    def stop(self) -> None:
        """Stop before the next step; completed steps are kept. Safe to repeat."""
        self.control.stop()

    def wait(self, timeout: float | None = None) -> Any:
        """Wait until the run ends; Ctrl-C ends the wait, not the run.

        Args:
            timeout: maximum seconds to wait; None waits without limit.

        Returns:
            The `History`.

        Raises:
            TimeoutError: the run has not ended in time; it continues.
            Exception: the exception that ended the run, with its traceback.
        """
        if not self._done.wait(timeout):
            raise TimeoutError(
                f"The run has not ended after {timeout} s ({self!r}). Wait longer, or "
                "stop it with run.stop()."
            )
        if self._error is not None:
            raise self._error
        return self.history

    def _require_running(self, operation):
        if self.done:
            raise RuntimeError(
                f"run.{operation}: the run has ended ({self.status}). Start another: "
                "run = model.fit(..., background=True)."
            )

    def __repr__(self):
        return f"<Run {self.status}, {len(self.history.epoch)} epochs done>"
