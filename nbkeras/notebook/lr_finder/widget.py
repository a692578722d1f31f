"""LRFinder: loss against learning rate, a suggestion, and a click that sets it."""

import numpy as np
import traitlets

from nbkeras.core.throttle import Throttle
from nbkeras.notebook import environment
from nbkeras.notebook.error_messages.translate import translate
from nbkeras.notebook.lr_finder import static_picture
from nbkeras.notebook.widget.base import Widget
from nbkeras.train.control import Control

STATUSES = ("searching", "blown up", "not finite", "stopped", "out of data", "top")
SECONDS_BETWEEN = 0.12


class LRFinder(Widget):
    """The curve of `nbkeras.lr_find(model, data)`.

    Traits:
        curve: float32 columns: rates, losses, smoothed losses.
        status: one of STATUSES. progress: fraction of the rates tried so far.
        suggestion, lowest: suggested rate and rate of the lowest loss, or None.
        chosen: the rate that was set, or None.
        trouble: reason why a rate could not be set.
    """

    curve = traitlets.Bytes(b"").tag(sync=True)
    status = traitlets.Enum(STATUSES, "searching").tag(sync=True)
    progress = traitlets.Float(0.0).tag(sync=True)
    suggestion = traitlets.Float(None, allow_none=True).tag(sync=True)
    lowest = traitlets.Float(None, allow_none=True).tag(sync=True)
    chosen = traitlets.Float(None, allow_none=True).tag(sync=True)
    trouble = traitlets.Unicode("").tag(sync=True)

    def __init__(self, model, steps=100):
        super().__init__()
        self._model, self._steps = model, steps
        self._updates, self._shown_at = Throttle(SECONDS_BETWEEN), None
        self.control = Control()
        self.result = None
        self.on_msg(self._on_message)

    @property
    def rates(self):
        """(n,) learning rates tried."""
        return self.result.rates

    @property
    def losses(self):
        """(n,) losses, each of one batch."""
        return self.result.losses

    @property
    def reason(self):
        """The reason for the suggestion, in one sentence."""
        return self.result.reason

    def use(self, rate=None):
        """Set the model's learning rate to this value, or to the suggested one.

        Raises:
            ValueError: there is no suggestion, or the rate is not a positive number.
            TypeError: the optimizer follows a schedule.
        """
        if rate is None and self.suggestion is None:
            raise ValueError("There is no suggestion. Write for example use(0.001).")
        rate = float(self.suggestion if rate is None else rate)
        self._model.optimizer.learning_rate = rate
        self.publish(chosen=rate, trouble="")

    def take(self, curve):
        """Show the progress of a search, at most eight times per second."""
        if self._updates.take():
            self.publish(progress=len(curve.rates) / self._steps, **_traits(curve))

    def finish(self, curve):
        """Show a finished search."""
        self.result = curve
        self.publish(status=curve.ended, progress=1.0, **_traits(curve))
        self.update_static_picture()

    def figure(self):
        """The curve as a Matplotlib figure."""
        return static_picture.figure(self.result, self.words)

    def static_picture(self):
        """(svg, caption): the curve and the suggestion; None while searching."""
        return static_picture.still(self.result, self.words) if self.result else None

    def show(self):
        """Display the widget, and the static picture below it."""
        self._shown_at = _cell()
        super().show()

    def static_html(self):
        """The static picture as HTML; a space while there is none."""
        # An empty output is displayed first, to be updated at the end.
        return super().static_html() or " "

    def _ipython_display_(self):
        # The cell that ran the search has already displayed it.
        if self._shown_at is None or self._shown_at != _cell():
            self.show()

    def _on_message(self, _, content, buffers):
        request = content.get("do") if isinstance(content, dict) else None
        if request == "stop":
            self.control.stop()
        elif request == "use":
            try:
                self.use(content.get("rate"))
            except (TypeError, ValueError) as error:
                self.publish(trouble=translate(str(error)))


def _traits(curve):
    columns = np.stack([curve.rates, curve.losses, curve.smooth])
    return {
        "curve": np.ascontiguousarray(columns, "<f4").tobytes(),
        "suggestion": curve.suggestion,
        "lowest": curve.lowest,
    }


def _cell():
    return getattr(environment.shell(), "execution_count", None)
