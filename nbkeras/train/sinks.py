"""What may hang on the event stream: throttles, guards, the list of displays."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nbkeras.core import notices
from nbkeras.core.throttle import Throttle
from nbkeras.train import events

if TYPE_CHECKING:
    from nbkeras.train.events import Event

# Factories (plan, control, model) -> sink, or None where they cannot show anything.
# `verbose="auto"` asks each; where none answers, a line of text is shown. The notebook
# extension adds its own; the engine never asks where it runs. A sink is a function of
# one event; it is called on the thread that trains and may have a `close()`, which is
# called once after the last event, whatever happened.
#   plan: `task` is "fit", "evaluate" or "predict"; see models.fit_args.FitPlan.
#   control: see control.Control; hand its methods to buttons.
#   model: for its name and layers; its arrays change with every step.
# A sink that has `appear(event)` is told the `FitStarted` of a run in the background
# already before its thread begins, so that it can be shown in the cell that still runs.
# A sink that says `takes_every_step` is not throttled: it must not wait for the device.
defaults = []


_STARTS = events.StepStarted | events.EvaluateStepStarted | events.PredictStepStarted
_STEPS = events.StepEnded | events.EvaluateStepEnded | events.PredictStepEnded


class ThrottledSink:
    """Lets at most `hz` ends of steps a second through, no starts, all other events."""

    def __init__(
        self,
        sink: Callable[..., Any],
        hz: float = 8.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.sink = sink
        self._throttle = Throttle(1 / hz, clock)

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        if isinstance(event, _STARTS):
            return
        if isinstance(event, _STEPS) and not self._throttle.take():
            return
        self.sink(event)

    def close(self) -> None:
        """Close the sink."""
        close(self.sink)


class Guard:
    """A display that raises is warned about once and detached; training goes on."""

    def __init__(self, sink: Callable[..., Any]) -> None:
        self.sink: Any = sink  # None once it has failed

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        self._try(self.sink, event)

    def appear(self, event: Event) -> None:
        """Let the sink be shown before the run."""
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
            sink, self.sink = self.sink, None
            notices.once(
                ("display failed", type(sink).__name__),
                f"The display {type(sink).__name__} failed and was taken away; "
                f"training goes on. {type(error).__name__}: {error}",
            )


def appear(sink: Callable[..., Any], event: Event) -> None:
    """Show a sink that can be shown before the run."""
    show = getattr(sink, "appear", None)
    if show:
        show(event)


def close(sink: Callable[..., Any]) -> None:
    """Close a sink that can be closed."""
    end = getattr(sink, "close", None)
    if end:
        end()
