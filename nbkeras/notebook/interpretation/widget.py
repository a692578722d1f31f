"""InterpretationView: a widget that shows a model's mistakes.

Opened by `nbkeras.interpret`.
"""

from typing import TYPE_CHECKING, Any

import traitlets

from nbkeras.analysis.interpretation.interpretation import Interpretation, Residuals
from nbkeras.analysis.interpretation.multi_label import MultiLabel
from nbkeras.core.machine.background_threads import BackgroundThread
from nbkeras.core.machine.interactions import interactions
from nbkeras.notebook.error_messages.translate import translate
from nbkeras.notebook.interpretation import static_picture
from nbkeras.notebook.interpretation.session import SOURCES, InterpretationSession
from nbkeras.notebook.widget.base import Widget

if TYPE_CHECKING:
    from nbkeras.notebook.widget.figures import Figure

VIEW = {
    "tab": "confusion",
    "source": "mistakes",
    "label": 0,
    "predicted": 0,
    "page": 0,
    "row": -1,
}


class InterpretationView(Widget):
    """Shows a model's mistakes; opened by `nbkeras.interpret(...)`.

    Input traits, set by the page or a cell:
        view: {"tab", "source" (selection of rows), "label" and "predicted" (of a cell),
            "page", "row" (selected row, -1 for none)}.
        corrections: {row: correct class, or -1 to remove the row}.
        projection: projection of the feature map, "pca" or "tsne".
        label: number of the label looked at, where rows have several.
        ask: number of requests from the page; answered: number of the last response.

    Output traits: kind ("classes" or "numbers"), total, summary, findings (sentences),
    has_pictures, layer, can_tsne; class_names, matrix_classes, matrix (int32), report,
    bins; histogram, dots (float32), dot_rows (int32); cards, sizes, pictures (uint8),
    count, page, pages of the selected rows; points (float32), point_rows (int32),
    point_classes (int16), shares; code, busy, trouble; label_names, label_report and
    label_shown where rows have several labels.
    """

    kind = traitlets.Enum(("classes", "numbers"), "classes").tag(sync=True)
    total = traitlets.Int(0).tag(sync=True)
    summary = traitlets.Dict().tag(sync=True)
    findings = traitlets.List(traitlets.Unicode()).tag(sync=True)
    has_pictures = traitlets.Bool(False).tag(sync=True)
    layer = traitlets.Unicode("").tag(sync=True)
    can_tsne = traitlets.Bool(False).tag(sync=True)
    class_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    matrix_classes = traitlets.List().tag(sync=True)
    matrix = traitlets.Bytes(b"").tag(sync=True)
    report = traitlets.List().tag(sync=True)
    bins = traitlets.List().tag(sync=True)
    histogram = traitlets.Dict().tag(sync=True)
    dots = traitlets.Bytes(b"").tag(sync=True)
    dot_rows = traitlets.Bytes(b"").tag(sync=True)
    view = traitlets.Dict(VIEW).tag(sync=True)
    cards = traitlets.List().tag(sync=True)
    sizes = traitlets.List().tag(sync=True)
    pictures = traitlets.Bytes(b"").tag(sync=True)
    count = traitlets.Int(0).tag(sync=True)
    page = traitlets.Int(0).tag(sync=True)
    pages = traitlets.Int(1).tag(sync=True)
    projection = traitlets.Enum(("pca", "tsne"), "pca").tag(sync=True)
    points = traitlets.Bytes(b"").tag(sync=True)
    point_rows = traitlets.Bytes(b"").tag(sync=True)
    point_classes = traitlets.Bytes(b"").tag(sync=True)
    shares = traitlets.List().tag(sync=True)
    label = traitlets.Int(0, min=0).tag(sync=True)
    label_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    label_report = traitlets.List().tag(sync=True)
    label_shown = traitlets.Int(0).tag(sync=True)
    corrections = traitlets.Dict().tag(sync=True)
    code = traitlets.Unicode("").tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)
    trouble = traitlets.Unicode("").tag(sync=True)
    ask = traitlets.Int(0).tag(sync=True)
    answered = traitlets.Int(0).tag(sync=True)

    def __init__(self, session: InterpretationSession, **settings):
        self._session, self._thread = session, None
        first = {"tab": "confusion", "source": "mistakes"}
        if not session.is_classifier:
            first = {"tab": "residuals", "source": "worst"}
        settings = {"view": VIEW | first, **settings}
        traits = session.label_traits() | session.result_traits()
        super().__init__(**traits | settings)
        with self._gate:
            self._show_gallery()
        self.on_msg(self._on_message)
        names = ["view", "corrections", "projection", "label", "ask"]
        self.observe(self._on_change, names)

    @property
    def result(self) -> Interpretation | MultiLabel | Residuals:
        """All numbers as arrays; see `nbkeras.analysis.interpret`."""
        return self._session.analysis

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the feature map is computed; returns whether it is complete."""
        if self._thread is not None:
            self._thread.join(timeout)
        return not self.busy

    def figure(self) -> "Figure":
        """Confusion matrix, reliability diagram and feature map, by Matplotlib."""
        self.wait()
        return static_picture.figure(self._session, self.projection, self.words)

    def static_picture(self) -> tuple[str, str]:
        """(svg, caption): the confusion matrix and the most confident mistakes."""
        return static_picture.draw(self._session, self.words)

    def _on_message(self, _, content, buffers):
        if isinstance(content, dict) and content.get("do") == "keep":
            self.update_static_picture()

    def _on_change(self, change):
        with self._gate, self.hold_sync():
            try:
                if change.name == "view":
                    self._show_gallery()
                    if self.view.get("tab") == "features" and self._thread is None:
                        self._begin_map()
                elif change.name == "corrections":
                    self._show_code()
                elif change.name == "projection":
                    self._begin_map()
                elif change.name == "label":
                    self._show_label()
            except Exception as error:
                self.trouble = f"{type(error).__name__}: {translate(str(error))}"
            self.answered = self.ask

    def _show_gallery(self):
        view: dict[str, Any] = VIEW | dict(self.view)
        if view["source"] not in SOURCES:
            view["source"] = "mistakes"
        self.trouble = ""
        for name, value in self._session.gallery_traits(view).items():
            setattr(self, name, value)

    def _show_label(self):
        """Show another label, where rows have several."""
        self._session.choose(self.label)
        for name, value in self._session.result_traits().items():
            setattr(self, name, value)
        self.corrections = self._session.corrections()
        self.view = VIEW | {"tab": self.view.get("tab", "confusion")}
        self._show_gallery()
        if self._thread is not None:
            self._begin_map()

    def _show_code(self):
        """Drop invalid corrections, and generate the code for the others."""
        count = len(self.class_names)
        valid = {
            str(row): int(k)
            for row, k in self.corrections.items()
            if str(row).isdigit() and int(row) < self.total and -1 <= int(k) < count
        }
        if valid != self.corrections:
            self.corrections = valid
        self.code = self._session.code(valid)

    def _begin_map(self):
        """Compute the feature map in the background."""
        projection = self.projection
        self.busy = True

        def run():
            values, trouble = {}, ""
            try:
                with interactions.first():
                    values = self._session.map_traits(projection)
            except Exception as error:
                trouble = f"{type(error).__name__}: {translate(str(error))}"
            with self._gate:
                if projection == self.projection:
                    self.publish(**values, busy=False, trouble=trouble)

        self._thread = BackgroundThread(run, "nbkeras-interpret", cancel=_nothing)
        self._thread.start()


def _nothing():
    """Do nothing: t-SNE cannot be cancelled."""
