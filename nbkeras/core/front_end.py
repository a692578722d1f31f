"""The front end that displays training: a terminal, or a registered one (Jupyter).

`nbkeras.notebook` registers Jupyter when `nbkeras` is imported; without a registered
front end, output is text for a terminal or a log file.
"""

from collections.abc import Callable
from typing import Any, Protocol, TextIO


class FrontEnd(Protocol):
    """The interface of a front end."""

    def can_overwrite(self, stream: TextIO) -> bool:
        """Whether a line of text on `stream` can be overwritten."""
        ...

    def live_display(
        self,
        control: Any,
        *,
        metrics: list[str] | None,
        height_px: int,
        updates_per_s: float,
    ) -> Callable[[Any], None] | None:
        """An event sink that shows a fit as a dashboard; None if impossible."""
        ...

    def show_advice(self, advices: list[Any]) -> bool:
        """Show advice on a model as a card; False if only text is possible."""
        ...


class Terminal:
    """Text only: lines can be overwritten if the stream is a terminal."""

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
    """Use `front_end` from now on."""
    global _current
    _current = front_end


def current() -> FrontEnd:
    """The front end that was registered last, or a `Terminal`."""
    return _current


def _is_terminal(stream: Any) -> bool:
    return bool(getattr(stream, "isatty", lambda: False)())
