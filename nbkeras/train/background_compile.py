"""Compile steps on a background thread."""

import threading
import time
from collections.abc import Iterable
from typing import Any, Self

from nbkeras.core.machine.background_threads import BackgroundThread

# One compilation at a time: the other cores stay free for the user's work.
_compile_lock = threading.Lock()


class Job:
    """One step to compile for arguments of known shapes.

    Args:
        step: a jitted function, which reuses the compiled program when it is called.
        args: its arguments, with `jax.ShapeDtypeStruct`s for arrays.
        batch: identifies the shapes of these arguments.

    `status` is one of the words of `Compiling.status`.
    """

    def __init__(self, step: Any, args: tuple[Any, ...], batch: Any = None) -> None:
        self.step: Any = step  # None when the job is done
        self.args, self.batch = args, batch
        self.status, self.error = "waiting", None
        self._is_cancelled = False
        self._lock, self._done = threading.Lock(), threading.Event()

    def run(self) -> None:
        """Compile, unless the job has started or ended; errors go to `error`."""
        with self._lock:
            if self.status != "waiting":
                return
            self.status = "compiling"
        status = "failed"
        try:
            lowered = self.step.lower(*self.args)
            if not self._is_cancelled:
                lowered.compile()
            status = "cancelled" if self._is_cancelled else "ready"
        except Exception as error:
            self.error = error
        finally:
            self.step, self.args = None, ()
            self._end(status)

    def cancel(self) -> None:
        """Cancel the job; a running one ends as soon as possible."""
        self._is_cancelled = True
        self.skip()

    def skip(self) -> None:
        """Skip the job, because the step is about to be called."""
        with self._lock:
            if self.status == "waiting":
                self._end("cancelled")

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the job is done; False if the time in seconds was too short."""
        return self._done.wait(timeout)

    def _end(self, status):
        self.status = status
        self._done.set()


class Compiling:
    """The handle of a background compilation, returned by `model.compile_ahead`.

    Args:
        jobs: the `Job`s, compiled in this order.

    A failed compilation raises nothing here: the call of the step compiles again and
    raises the error.
    """

    def __init__(self, jobs: Iterable[Job]) -> None:
        self.jobs = list(jobs)

    def start(self) -> Self:
        """Start compiling; returns self."""
        BackgroundThread(self._work, "nbkeras-compile", self.cancel).start()
        return self

    def _work(self):
        with _compile_lock:
            for job in self.jobs:
                job.run()

    @property
    def status(self) -> str:
        """The state of the compilation.

        "waiting", "compiling", "ready", "failed" (see `error`), or "cancelled", also
        because a `fit` started first.
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
        """Wait until all jobs are done; returns the status.

        Args:
            timeout: maximum seconds to wait; None waits without limit.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        for job in self.jobs:
            job.wait(None if deadline is None else max(deadline - time.monotonic(), 0))
        return self.status

    def cancel(self) -> None:
        """Cancel pending compilations; running ones finish. Safe to repeat."""
        for job in self.jobs:
            job.cancel()

    def __repr__(self):
        error = "" if self.error is None else f": {self.error}"
        return f"<Compiling {self.status}{error}>"
