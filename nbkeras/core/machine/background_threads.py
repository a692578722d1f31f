"""Background threads that end before the interpreter shuts down.

A daemon thread that runs JAX during interpreter shutdown aborts the whole process
("FATAL: exception not rethrown"). So every thread of this package is a cancellable
`BackgroundThread`, and at exit all of them are cancelled and joined.
"""

import atexit
import sys
import threading
import time
import weakref
from collections.abc import Callable

JOIN_TIMEOUT_S = 60.0
REPORT_AFTER_S = 2.0
_started: "weakref.WeakSet[BackgroundThread]" = weakref.WeakSet()


class BackgroundThread(threading.Thread):
    """A daemon thread whose work can be cancelled.

    Args:
        work: the function that the thread runs.
        name: of the thread; shown to the user if exit has to wait for it.
        cancel: makes `work` end soon; called at exit, from another thread.
    """

    def __init__(
        self, work: Callable[[], object], name: str, cancel: Callable[[], object]
    ) -> None:
        super().__init__(target=work, name=name, daemon=True)
        self.cancel = cancel

    def start(self) -> None:
        """Start the thread, and register it to be cancelled at exit."""
        _started.add(self)
        super().start()


@atexit.register
def end_all(timeout_s: float = JOIN_TIMEOUT_S) -> bool:
    """Cancel all threads and wait for them; returns whether all have ended.

    Threads that a cancelled thread starts meanwhile are cancelled too. After two
    seconds a line on stderr names the threads waited for; Ctrl-C stops the wait.
    """
    begun_s, reported = time.monotonic(), False
    cancelled: set[BackgroundThread] = set()
    while threads := [thread for thread in list(_started) if thread.is_alive()]:
        for thread in threads:
            if thread not in cancelled:
                cancelled.add(thread)
                thread.cancel()
        try:
            threads[0].join(0.05)
        except KeyboardInterrupt:
            return False
        waited_s = time.monotonic() - begun_s
        if waited_s > timeout_s:
            return False
        if waited_s > REPORT_AFTER_S and not reported:
            reported = True
            names = ", ".join(sorted({thread.name for thread in threads}))
            sys.stderr.write(
                f"Waiting for {names} to finish its step before exit (Ctrl-C exits "
                "immediately).\n"
            )
    return True
