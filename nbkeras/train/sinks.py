"""Event sinks: throttling, error handling, and the registered displays."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nbkeras.core import notices
from nbkeras.core.throttle import Throttle
from nbkeras.train import events

if TYPE_CHECKING:
    from nbkeras.train.events import Event

# Factories of displays: (plan, control, model) -> sink, or None if it cannot be shown.
# `verbose="auto"` tries each; if none returns a sink, a progress line is printed. The
# notebook extension registers its own, so that `train` does not depend on Jupyter.
#   plan: `task` is "fit", "evaluate" or "predict"; see models.training.fit_plan.
#   control: a `Control`, for buttons.
#   model: for its name and layers; its arrays change with every step.
# A sink is a function of one event, called on the training thread. Optional attributes:
#   close(): called once after the last event, also of a failed run.
#   appear(event): called with the `FitStarted` of a background run before its thread
#     starts, so that the sink can be displayed in the running cell.
#   takes_every_step: True disables throttling; the sink must not wait for the device.
#   ignores: a tuple of kinds of events that the sink is not called with.
defaults = []


_STARTS = events.StepStarted | events.EvaluateStepStarted | events.PredictStepStarted
_STEPS = events.StepEnded | events.EvaluateStepEnded | events.PredictStepEnded


class ThrottledSink:
    """Passes at most `hz` step ends per second, no step starts, all other events."""

    def __init__(
        self,
        sink: Callable[..., Any],
        hz: float = 8.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.sink = sink
        self._throttle = Throttle(1 / hz, clock)

    def __call__(self, event: Event) -> None:
        """Pass on an event, unless it is dropped."""
        if isinstance(event, _STARTS):
            return
        if isinstance(event, _STEPS) and not self._throttle.take():
            return
        self.sink(event)

    def close(self) -> None:
        """Close the sink."""
        close(self.sink)


class Guard:
    """Detaches a display that raises, with one notice, so that training continues."""

    def __init__(self, sink: Callable[..., Any]) -> None:
        self.sink: Any = sink  # None once it has failed
        self.ignores = getattr(sink, "ignores", ())

    def __call__(self, event: Event) -> None:
        """Pass on an event."""
        sink = self.sink
        if sink is None:
            return
        try:
            sink(event)
        except Exception as error:
            self._remove(error)

    def appear(self, event: Event) -> None:
        """Show the display before a background run."""
        self._try(lambda event: appear(self.sink, event), event)

    def close(self) -> None:
        """Close the sink."""
        self._try(close, self.sink)

    def _try(self, function, argument):
        if self.sink is None:
            return
        try:
            function(argument)
        except Exception as error:
            self._remove(error)

    def _remove(self, error):
        sink, self.sink = self.sink, None
        notices.once(
            ("display failed", type(sink).__name__),
            f"The display {type(sink).__name__} failed and was removed; "
            f"training continues. {type(error).__name__}: {error}",
        )


def appear(sink: Callable[..., Any], event: Event) -> None:
    """Call `sink.appear(event)` if there is such a method."""
    method = getattr(sink, "appear", None)
    if method:
        method(event)


def close(sink: Callable[..., Any]) -> None:
    """Call `sink.close()` if there is such a method."""
    method = getattr(sink, "close", None)
    if method:
        method()
