"""ExplanationView: a widget with maps of the pixels that matter for a class.

Opened by `nbkeras.explain`.
"""

from typing import TYPE_CHECKING

import traitlets

from nbkeras.analysis.explanation.explained_images import (
    ExplainedImage,
    ExplainedImages,
)
from nbkeras.core.machine.background_threads import BackgroundThread
from nbkeras.core.machine.interactions import interactions
from nbkeras.core.throttle import Throttle
from nbkeras.notebook.error_messages.translate import translate
from nbkeras.notebook.explanation import static_picture
from nbkeras.notebook.explanation.session import ExplanationSession
from nbkeras.notebook.widget.base import Widget
from nbkeras.train.control import Control

if TYPE_CHECKING:
    from nbkeras.notebook.widget.figures import Figure

SECONDS_BETWEEN = 0.1


class ExplanationView(Widget):
    """Explains a model's predictions; opened by `nbkeras.explain(...)`.

    The maps are computed in the background, one after the other; a new request replaces
    the previous one.

    Input traits, set by the page or a cell:
        at: index of the image. label: the class. baseline: its name.
        view: opacity of the maps over the image, 0 to 1.
        ask: number of requests from the page; answered: number of the last response.

    Output traits: strip (uint8 thumbnails), count, names (of files), methods,
    baselines, classes (names), layer, unit, notes; picture (uint8) with its shape, best
    ([class, confidence] of the most confident), score; cards (one per finished map),
    heats (uint8), heat_shape, curves and random_curves (float32); code, busy, trouble.
    """

    at = traitlets.Int(0, min=0).tag(sync=True)
    label = traitlets.Int(0, min=0).tag(sync=True)
    baseline = traitlets.Unicode("black").tag(sync=True)
    view = traitlets.Dict({"strength": 0.8}).tag(sync=True)
    strip = traitlets.Bytes(b"").tag(sync=True)
    count = traitlets.Int(0).tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    methods = traitlets.List(traitlets.Unicode()).tag(sync=True)
    baselines = traitlets.List(traitlets.Unicode()).tag(sync=True)
    classes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    layer = traitlets.Unicode("").tag(sync=True)
    unit = traitlets.Unicode("logit").tag(sync=True)
    notes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    picture = traitlets.Bytes(b"").tag(sync=True)
    picture_shape = traitlets.List().tag(sync=True)
    best = traitlets.List().tag(sync=True)
    score = traitlets.Dict().tag(sync=True)
    cards = traitlets.List().tag(sync=True)
    heats = traitlets.Bytes(b"").tag(sync=True)
    heat_shape = traitlets.List().tag(sync=True)
    curves = traitlets.Bytes(b"").tag(sync=True)
    random_curves = traitlets.Bytes(b"").tag(sync=True)
    code = traitlets.Unicode("").tag(sync=True)
    busy = traitlets.Dict().tag(sync=True)
    trouble = traitlets.Unicode("").tag(sync=True)
    ask = traitlets.Int(0).tag(sync=True)
    answered = traitlets.Int(0).tag(sync=True)

    def __init__(self, session: ExplanationSession, **settings):
        self._session, self._job, self._item = session, None, None
        self._current = None
        super().__init__(
            label=session.labels[0],
            baseline=session.explainer.baseline_name,
            **session.constant_traits() | settings,
        )
        self.on_msg(self._on_message)
        self.observe(self._on_change, ["at", "label", "baseline", "ask"])
        self._compute()

    @property
    def item(self) -> ExplainedImage:
        """The maps of the selected image and class as arrays; waits for them.

        Raises:
            RuntimeError: the maps could not be computed.
        """
        self.wait()
        if self._item is None:
            raise RuntimeError(
                f"view.item: the maps were not computed ({self.trouble or 'stopped'}). "
                "Compute them with nbkeras.analysis.explain(model, images)."
            )
        return self._item

    def explanation(self) -> ExplainedImages:
        """The maps of all images, each for its class."""
        return self._session.explanation(self.baseline)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until everything is computed; returns whether it is complete."""
        if self._job is not None:
            self._job.thread.join(timeout)
        return not self.busy

    def figure(self) -> "Figure":
        """The image, its maps and their curves as a Matplotlib figure."""
        return static_picture.figure(self._session, self.item, self.at, self.words)

    def static_picture(self) -> tuple[str, str] | None:
        """(svg, caption): the image, the maps, and their fidelity."""
        if self._item is None:
            return None
        return static_picture.draw(self._session, self._item, self.at, self.words)

    def close(self) -> None:
        """Stop computing and close the widget."""
        if self._job is not None:
            self._job.control.stop()
        super().close()

    def _on_message(self, _, content, buffers):
        request = content.get("do") if isinstance(content, dict) else None
        if request == "keep":
            self.update_static_picture()
        elif request == "again":
            self._session.forget()
            self._current = None
            self._compute()

    def _on_change(self, change):
        with self._gate, self.hold_sync():
            if change.name == "at":
                self.at = min(self.at, self.count - 1)
                self.label = self._session.labels[self.at]
            elif change.name != "ask":
                self.label = min(self.label, len(self.classes) - 1)
                if self.baseline not in self.baselines:
                    self.baseline = self.baselines[0]
            self._compute()
            self.answered = self.ask

    def _compute(self):
        """Show the current selection, from the cache or by a new job."""
        question = self.at, self.label, self.baseline
        if question == self._current:
            return
        self._current = question
        self._session.labels[self.at] = self.label
        if self._job is not None:
            self._job.control.stop()
        item = self._session.known(*question)
        if item is not None:
            self._item = item
            self.publish(**self._state_of(item, question), busy={}, trouble="")
            return
        self._item = None
        total = self._session.pieces()
        self.publish(busy={"done": 0, "total": total}, trouble="")
        self._job = _Job(self, question, after=self._job)
        self._job.thread.start()

    def _state_of(self, item, question):
        session = self._session
        return {
            **session.answer_traits(item, question[0]),
            **session.map_traits(item),
            "code": session.code(*question),
        }

    def _take(self, item, question, is_last):
        """Show a result of a job, unless another request was made since."""
        with self._gate:
            if question != self._current:
                return
            self.publish(**self._state_of(item, question))
            if is_last:
                self._item = item

    def _end(self, job, trouble):
        with self._gate:
            if job is self._job:
                self.publish(busy={}, trouble=trouble)
                if self._item is not None:
                    self.update_static_picture()


class _Job:
    """Computes the maps of one request on its own thread."""

    def __init__(self, view, question, after):
        self.view, self.question, self.control = view, question, Control()
        self._after, self._updates = after, Throttle(SECONDS_BETWEEN)
        self.thread = BackgroundThread(
            self._run, "nbkeras-explain", cancel=self.control.stop
        )

    def _run(self):
        if self._after is not None:
            self._after.thread.join()
            self._after = None
        trouble, total = "", self.view._session.pieces()
        try:
            with interactions.first():
                self._compute(total)
        except Exception as error:
            trouble = f"{type(error).__name__}: {translate(str(error))}"
        finally:
            self.view._end(self, trouble)

    def _compute(self, total):
        pieces = self.view._session.work(*self.question)
        for done, item in enumerate(pieces, 1):
            if self.control.status is not None:
                return
            is_last = done == total
            if is_last or done == 1 or self._updates.due():
                self._updates.restart()
                self.view._take(item, self.question, is_last)
                if not is_last:
                    self.view.publish(busy={"done": done, "total": total})
