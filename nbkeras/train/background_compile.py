"""Compile steps on a background thread."""

import threading
import time
from collections.abc import Iterable
from typing import Any, Self

from nbkeras.core.machine.background_threads import BackgroundThread

# One at a time: the other processors are for whoever waits in front of the screen.
_turn = threading.Lock()


class Job:
    """One step to compile for arguments of known shapes.

    Args:
        step: a jitted function; what it compiled here it does not compile again.
        args: its arguments, with `jax.ShapeDtypeStruct` for arrays.
        batch: what tells the shapes of these arguments from others.

    `status` is a word of `Compiling.status`.
    """

    def __init__(self, step: Any, args: tuple[Any, ...], batch: Any = None) -> None:
        self.step: Any = step  # None once it is over
        self.args, self.batch = args, batch
        self.status, self.error = "waiting", None
        self._unwanted = False
        self._lock, self._over = threading.Lock(), threading.Event()

    def run(self) -> Any:
        """Compile, unless it is compiled already; never raises."""
        with self._lock:
            if self.status != "waiting":
                return
            self.status = "compiling"
        status = "failed"
        try:
            lowered = self.step.lower(*self.args)
            if not self._unwanted:
                lowered.compile()
            status = "cancelled" if self._unwanted else "ready"
        except Exception as error:
            self.error = error
        finally:
            self.step, self.args = None, ()
            self._end(status)

    def cancel(self) -> None:
        """Cancel the job; a running one ends as soon as possible."""
        self._unwanted = True
        self.skip()

    def skip(self) -> None:
        """Skip the job, because the step is about to be called."""
        with self._lock:
            if self.status == "waiting":
                self._end("cancelled")

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end; returns whether it was reached."""
        return self._over.wait(timeout)

    def _end(self, status):
        self.status = status
        self._over.set()


class Compiling:
    """The handle of a background compilation, returned by `model.compile_ahead`.

    Args:
        jobs: list of `Job`, done in this order.

    Nothing is raised by what goes wrong: whoever then calls the step compiles it, and
    hears of the error there.
    """

    def __init__(self, jobs: Iterable[Job]) -> None:
        self.jobs = list(jobs)

    def start(self) -> Self:
        """Start compiling; returns self."""
        BackgroundThread(self._work, "nbkeras-compile", self.cancel).start()
        return self

    def _work(self):
        with _turn:
            for job in self.jobs:
                job.run()

    @property
    def status(self) -> str:
        """One word.

        "waiting" for its turn, "compiling", "ready", "failed" (see `error`), or
        "cancelled", also when a `fit` came before its turn.
        """
        statuses = [job.status for job in self.jobs]
        for word in ("failed", "compiling", "cancelled"):
            if word in statuses:
                return word
        if "waiting" in statuses:
            return "compiling" if "ready" in statuses else "waiting"
        return "ready"

    @property
    def error(self) -> BaseException | None:
        """The first exception, or None."""
        return next((job.error for job in self.jobs if job.error is not None), None)

    def wait(self, timeout: float | None = None) -> str:
        """Wait for the end; returns the status, "compiling" if the time was too short.

        Args:
            timeout: seconds; None waits as long as it takes.
        """
        end = None if timeout is None else time.monotonic() + timeout
        for job in self.jobs:
            job.wait(None if end is None else max(end - time.monotonic(), 0))
        return self.status

    def cancel(self) -> None:
        """Cancel pending compilations; running ones finish. Safe to repeat."""
        for job in self.jobs:
            job.cancel()

    def __repr__(self):
        error = "" if self.error is None else f": {self.error}"
        return f"<Compiling {self.status}{error}>"
