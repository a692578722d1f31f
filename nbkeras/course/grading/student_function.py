"""A function that a student handed in, called in a process of its own."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import sys
import threading
from typing import Any

import numpy as np

from nbkeras.course.grading import function_runner
from nbkeras.course.grading.limits import Limits


class StudentFunctionError(Exception):
    """The function raised, took too long, or ended its process."""


class StudentFunction:
    """Stands for a student's function where it is judged.

    Args:
        name: of the function.
        source: its text.
        limits: of a call. Its process inherits the limit of memory of this one.

    Only numbers come back from it, so that it cannot reach the checks.
    """

    def __init__(self, name: str, source: str, limits: Limits):
        self.name, self.source, self._limits = name, source, limits
        self._process: subprocess.Popen | None = None
        self._replies: queue.Queue = queue.Queue()
        self._problem = ""
        self._listener: threading.Thread | None = None

    def __call__(self, **arguments: Any) -> Any:
        """What the function returns: an array, or a list of arrays and None.

        Raises:
            StudentFunctionError: it returned nothing that can be judged.
        """
        if not self._problem:
            reply = self._asked(
                {
                    name: {
                        "array": np.asarray(value).tolist(),
                        "dtype": str(np.asarray(value).dtype),
                    }
                    for name, value in arguments.items()
                }
            )
            if "value" in reply:
                return _value(reply["value"])
            if "error" in reply:
                raise StudentFunctionError(str(reply["error"])[:500])
        raise StudentFunctionError(self._problem)

    def close(self) -> None:
        """End its process."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        if self._listener is not None:
            self._listener.join()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):  # what is unsent has no reader
                    stream.close()

    def _asked(self, request):
        try:
            if self._process is None:
                self._start()
            reply = self._sent(request, self._limits.call_seconds)
        except queue.Empty:
            self._problem = f"it took longer than {self._limits.call_seconds:g} s"
        except (OSError, ValueError) as error:
            self._problem = f"its process cannot be reached ({error})"
        else:
            if isinstance(reply, dict):
                return reply
            self._problem = "it ended its process"
        self.close()
        return {}

    def _start(self):
        self._process = subprocess.Popen(
            [sys.executable, "-I", function_runner.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        # Its imports do not count as time of the function.
        first = {"name": self.name, "source": self.source}
        self._sent(first, self._limits.seconds)

    def _sent(self, message, seconds):
        """The reply to a message; raises `queue.Empty` if there is none in time."""
        assert self._process is not None
        function_runner.write(self._process.stdin, message)
        return self._replies.get(timeout=seconds)

    def _listen(self):
        """Put replies in the queue, and None at the end."""
        assert self._process is not None
        reply = None
        with contextlib.suppress(OSError, ValueError, RecursionError):
            while (reply := function_runner.read(self._process.stdout)) is not None:
                self._replies.put(reply)
        self._replies.put(None)


def _value(plain):
    """The arrays of a reply."""
    if isinstance(plain, dict) and "items" in plain:
        return [None if item is None else _array(item) for item in plain["items"]]
    return None if plain is None else _array(plain)


def _array(plain):
    try:
        return np.array(plain["array"], float)
    except (TypeError, KeyError, ValueError):
        raise StudentFunctionError("it returned something else than numbers") from None
