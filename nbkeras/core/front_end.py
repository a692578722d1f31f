"""The front end that displays a run: a terminal, or a registered one such as Jupyter.

A package that knows a front end registers it; without one there is a terminal or a log
file. `import nbkeras` says where Jupyter's is defined (see `core.names.lazy_exports`):
it is imported when a front end is first asked for.
"""

from collections.abc import Callable, Iterable
from os import PathLike
from pathlib import Path
from typing import Any, Protocol, TextIO, cast

from nbkeras.core.names import lazy_exports


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
        plan: Any = None,
        model: Any = None,
    ) -> Callable[[Any], None] | None:
        """An event sink that shows a fit as a dashboard; None if impossible."""
        ...

    def show_advice(self, advices: list[Any], model: Any) -> bool:
        """Show advice on a model as a card; False if only text is possible."""
        ...

    def in_words(self, text: str) -> str:
        """A notice in the language that the front end is read in."""
        ...

    def write_run(self, events: Iterable[Any], path: str | PathLike[str]) -> Path:
        """Write the events of a run to one HTML file, as a dashboard; its path."""
        ...

    def write_widget(self, widget: Any, path: str | PathLike[str]) -> Path:
        """Write a widget to one HTML file; its path."""
        ...


class Terminal:
    """Text only: lines can be overwritten if the stream is a terminal."""

    def can_overwrite(self, stream: TextIO) -> bool:
        """Whether `stream` is a terminal."""
        return _is_terminal(stream)

    def live_display(self, control: Any, **options: Any) -> None:
        """No dashboard."""

    def show_advice(self, advices: list[Any], model: Any) -> bool:
        """No card."""
        return False

    def in_words(self, text: str) -> str:
        """The notice as it is."""
        return text

    def write_run(self, events: Iterable[Any], path: str | PathLike[str]) -> Path:
        """Refuse: a terminal has no dashboard."""
        raise RuntimeError("A page of a run needs nbkeras.notebook. Import nbkeras.")

    def write_widget(self, widget: Any, path: str | PathLike[str]) -> Path:
        """Refuse: a terminal has no widgets."""
        raise RuntimeError("A page of a widget needs nbkeras.notebook. Import nbkeras.")


_current: FrontEnd | None = None


def register(front_end: FrontEnd) -> None:
    """Use `front_end` from now on."""
    global _current
    _current = front_end


def current() -> FrontEnd:
    """The front end registered last, else Jupyter's, else a `Terminal`."""
    global _current
    if _current is None:
        jupyter = cast(type[FrontEnd] | None, lazy_exports.find(__name__, "Jupyter"))
        _current = Terminal() if jupyter is None else jupyter()
    return _current


def _is_terminal(stream: Any) -> bool:
    return bool(getattr(stream, "isatty", lambda: False)())
