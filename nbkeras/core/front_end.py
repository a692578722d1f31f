"""The front end: what shows a run. The engine asks here and never where it runs.

A package that knows a front end registers it; without one there is a terminal or a log
file. `nbkeras.notebook` registers Jupyter when `nbkeras` is imported.
"""

from collections.abc import Callable
from typing import Any, Protocol, TextIO


class FrontEnd(Protocol):
    """What a front end answers."""

    def can_overwrite(self, stream: TextIO) -> bool:
        """Whether a line of text on `stream` can be drawn over."""
        ...

    def live_display(
        self,
        control: Any,
        *,
        metrics: list[str] | None,
        height_px: int,
        updates_per_s: float,
    ) -> Callable[[Any], None] | None:
        """A sink that shows a fit as a dashboard; None where there cannot be one."""
        ...

    def show_advice(self, advices: list[Any]) -> bool:
        """Show advice on a model as a card; False where text must do."""
        ...


class Terminal:
    """Text only: a line can be drawn over where the stream is a terminal."""

    def can_overwrite(self, stream: TextIO) -> bool:
        """Whether `stream` is a terminal."""
        return _is_terminal(stream)

    def live_display(self, control: Any, **options: Any) -> None:
        """No dashboard."""

    def show_advice(self, advices: list[Any]) -> bool:
        """No card."""
        return False


_current: FrontEnd = Terminal()


def register(front_end: FrontEnd) -> None:
    """Let `front_end` answer from now on."""
    global _current
    _current = front_end


def current() -> FrontEnd:
    """The front end that was registered last, else a `Terminal`."""
    return _current


def _is_terminal(stream: Any) -> bool:
    return bool(getattr(stream, "isatty", lambda: False)())
