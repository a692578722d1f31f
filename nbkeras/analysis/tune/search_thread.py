"""A search on a thread of its own, so that its caller need not wait for a compiler."""

import contextvars
import time
from collections.abc import Callable

from nbkeras.analysis.tune.search_control import SearchControl
from nbkeras.core.machine.background_threads import BackgroundThread

# So long a stopped search may take to end by itself, before its caller goes on.
GRACE_S = 0.15


class SearchThread:
    """Work on a thread, whose caller waits for it, but after a stop not for long.

    A model that is being compiled cannot be interrupted. After a stop the caller waits
    `GRACE_S` seconds and goes on; the thread ends when its compilation does, at the
    latest before the interpreter exits.

    Args:
        work: () -> None, which ends soon once `control` has been stopped.
        control: the requests to the search.
    """

    def __init__(self, work: Callable[[], None], control: SearchControl) -> None:
        self._work, self._control = work, control
        self._changed = control.changed
        self._request: Callable[[], None] | None = None
        self._error: BaseException | None = None
        self._is_done = self._is_left = False

    def run(self) -> bool:
        """Do the work; returns whether it has ended, and was not left behind.

        A first Ctrl-C stops the search.

        Raises:
            BaseException: what the work, or a function given to `on_caller`, raised.
        """
        context = contextvars.copy_context()
        BackgroundThread(
            lambda: context.run(self._guarded), "nbkeras-tune", self._control.stop
        ).start()
        try:
            try:
                self._serve()
            except KeyboardInterrupt:
                self._control.stop()
                self._serve()
        finally:
            with self._changed:
                self._is_left = True
                if not self._is_done:
                    self._control.stop()
                self._changed.notify_all()
        if self._is_done and self._error is not None:
            raise self._error
        return self._is_done

    def on_caller(self, function: Callable[[], None]) -> None:
        """Let the caller's thread run a function, and wait for that.

        Called on the thread of the work; nothing happens if it was left behind.
        """
        with self._changed:
            self._request = function
            self._changed.notify_all()
            while self._request is not None and not self._is_left:
                self._changed.wait(0.25)

    def _guarded(self):
        try:
            self._work()
        except BaseException as error:
            self._error = error
        finally:
            with self._changed:
                self._is_done = True
                self._changed.notify_all()

    def _serve(self):
        """Run what the work asks for, until it ends or has had its grace."""
        give_up_s = None
        while True:
            with self._changed:
                while self._request is None:
                    if self._control.ended and give_up_s is None:
                        give_up_s = time.monotonic() + GRACE_S
                    left_s = 0.25 if give_up_s is None else give_up_s - time.monotonic()
                    if self._is_done or left_s <= 0:
                        return
                    self._changed.wait(left_s)
                function = self._request
            try:
                function()
            finally:
                with self._changed:
                    self._request = None
                    self._changed.notify_all()
