"""Jupyter as a front end."""

from collections.abc import Callable, Iterable
from os import PathLike
from pathlib import Path
from typing import Any, TextIO

from nbkeras.notebook import environment


class Jupyter:
    """See `nbkeras.core.front_end`; widgets are loaded only when a run is shown."""

    def can_overwrite(self, stream: TextIO) -> bool:
        """Whether `stream` is a terminal, or the output stream of a kernel."""
        is_terminal = getattr(stream, "isatty", lambda: False)()
        return is_terminal or type(stream).__module__.startswith("ipykernel")

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
        """The dashboard of a fit; None outside a kernel."""
        if not environment.in_kernel():
            return None
        from nbkeras.notebook.dashboard.live_display import LiveDashboard

        return LiveDashboard(
            control,
            metrics,
            height=height_px,
            hz=updates_per_s,
            plan=plan,
            model=model,
        )

    def show_advice(self, advices: list[Any], model: Any) -> bool:
        """Show advice on a model as a card; False outside a kernel.

        Lines that `compile` or `fit` has shown in the same cell are not repeated.
        """
        if not environment.in_kernel():
            return False
        if not advices:
            from nbkeras.notebook.widget import translations

            print(translations.text("linter", "nothing"))
            return True
        from nbkeras.notebook.linter.adviser import adviser
        from nbkeras.notebook.linter.widget import AdviceWidget

        shown = adviser.shown_by_cell(model)
        new = [advice for advice in advices if advice not in shown]
        if new:
            AdviceWidget(new).show()
        return True

    def in_words(self, text: str) -> str:
        """Translate a notice into the chosen language."""
        from nbkeras.notebook.error_messages.translate import translate

        return translate(text)

    def write_run(self, events: Iterable[Any], path: str | PathLike[str]) -> Path:
        """Write the dashboard of a run to one HTML file."""
        from nbkeras.notebook.export.page import write_run

        return write_run(events, path)

    def write_widget(self, widget: Any, path: str | PathLike[str]) -> Path:
        """Write a widget to one HTML file."""
        from nbkeras.notebook.export.page import write_widget

        return write_widget(widget, path)
