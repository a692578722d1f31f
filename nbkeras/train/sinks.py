"""What may hang on the event stream: throttles, guards, the list of displays."""

import time

from nbkeras.core import notices
from nbkeras.train import events

# Factories (plan) -> sink of the displays that `verbose="auto"` asks for. The notebook
# extension adds its own; the engine never asks where it runs.
defaults = []


class Throttle:
    """Lets at most `hz` step events a second through; all others always pass."""

    def __init__(self, sink, hz=8.0, clock=time.monotonic):
        self.sink = sink
        self._gap = 1.0 / hz
        self._clock = clock
        self._last = -1e9

    def __call__(self, event):
        """Take in one event."""
        if isinstance(event, events.StepStarted):
            return
        if isinstance(event, events.StepEnded):
            now = self._clock()
            if now - self._last < self._gap:
                return
            self._last = now
        self.sink(event)


class Guard:
    """A display that raises is warned about once and detached; training goes on."""

    def __init__(self, sink):
        self.sink = sink

    def __call__(self, event):
        """Take in one event."""
        if self.sink is None:
            return
        try:
            self.sink(event)
        except Exception as error:
            sink, self.sink = self.sink, None
            notices.once(
                ("display failed", type(sink).__name__),
                f"The display {type(sink).__name__} failed and was taken away; "
                f"training goes on. {type(error).__name__}: {error}",
            )
