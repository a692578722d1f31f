"""LiveTraining: the dashboard as a callback, with options."""

from collections.abc import Sequence
from typing import Any

from nbkeras.core import check, front_end
from nbkeras.core.serialization.configurable import Configurable
from nbkeras.train import sinks
from nbkeras.train.progress import Progress


class LiveTraining(Configurable):
    """Show the live dashboard for one fit, even without `%load_ext nbkeras`.

    It replaces the display that `verbose="auto"` would choose. Outside a notebook it
    prints text progress, as in a terminal.

    Args:
        metrics: names to plot, such as ["loss", "accuracy"]; None plots all.
        height: height of a chart in pixels, from 80 to 1000; with more than four
            charts each is shorter.
        rate: maximum number of updates per second, from 0.1 to 30.

    Raises:
        ValueError: an option is out of range.
    """

    takes_events = True
    is_display = True

    def __init__(
        self,
        metrics: str | Sequence[str] | None = None,
        height: int = 190,
        rate: float = 8.0,
    ) -> None:
        self.metrics = _names(metrics)
        self.height = check.whole("LiveTraining", "height", height, example=190)
        check.number("LiveTraining", "height", height, 80, 1000, example=190)
        self.rate = check.number("LiveTraining", "rate", rate, 0.1, 30, example=8)
        self._sink = None

    def attach(self, plan: Any, control: Any, model: Any) -> None:
        """Create the display, once before the run."""
        self._sink = front_end.current().live_display(
            control,
            metrics=self.metrics,
            height_px=self.height,
            updates_per_s=self.rate,
            plan=plan,
            model=model,
        ) or sinks.ThrottledSink(Progress(), self.rate)

    def appear(self, event: Any) -> None:
        """Show the dashboard before the run starts."""
        sinks.appear(self._sink, event)

    def __call__(self, event):
        """Handle one event."""
        self._sink(event)

    def close(self) -> None:
        """Show the final state."""
        sinks.close(self._sink)


def _names(metrics):
    if metrics is None:
        return None
    names = [metrics] if isinstance(metrics, str) else list(metrics)
    if names and all(isinstance(name, str) for name in names):
        return names
    raise ValueError(
        f"LiveTraining(metrics={metrics!r}): metrics must be names. "
        'Write for example LiveTraining(metrics=["loss", "accuracy"]).'
    )
