"""ModelView: the widget with the diagram of a model."""

import dataclasses
from typing import Any

import traitlets

from nbkeras.analysis.model_plot.anatomy import Anatomy, anatomy
from nbkeras.analysis.model_plot.layer_calls import is_model
from nbkeras.models.summary import summary_text
from nbkeras.notebook import environment
from nbkeras.notebook.model_plot import layer_detail, widget_traits
from nbkeras.notebook.widget import translations
from nbkeras.notebook.widget.base import Widget

STATUSES = ("", "compiling", "ready")
MISTAKE_FIELDS = ("line", "source", "layer", "came", "needed", "write", "message")
SAVED_WIDTH = 1000


class ModelView(Widget):
    """The diagram of a model, drawn to scale.

    Args:
        model: any model, or None if the first layer failed.
        mistake: a layer that does not fit, a dict with any of MISTAKE_FIELDS.

    Traits:
        name: name of the model. drawing: positions of all blocks, in both directions.
        facts: information on each block. totals: rows for the whole model.
        opened: keys of the open groups; set by the page.
        chosen: key of the selected layer; set by the page.
        detail, pixels: that layer's settings and weights; images of its kernels.
        status: "", "compiling" or "ready". note: one line, such as the kept weights.
        mistake: the layer that does not fit. remark: limits of the diagram.
    """

    name = traitlets.Unicode().tag(sync=True)
    drawing = traitlets.Dict().tag(sync=True)
    facts = traitlets.Dict().tag(sync=True)
    totals = traitlets.List().tag(sync=True)
    opened = traitlets.List(traitlets.Unicode()).tag(sync=True)
    chosen = traitlets.Unicode("").tag(sync=True)
    detail = traitlets.Dict().tag(sync=True)
    pixels = traitlets.Bytes(b"").tag(sync=True)
    status = traitlets.Enum(STATUSES, "").tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    mistake = traitlets.Dict().tag(sync=True)
    remark = traitlets.Unicode("").tag(sync=True)

    def __init__(self, model=None, mistake=None, **traits):
        super().__init__(**traits)
        self._model, self._shown_at = model, None
        empty = Anatomy("", "", (), ())
        self._anatomy = empty if model is None else anatomy(model)
        texts = {k: str(v) for k, v in (mistake or {}).items() if v is not None}
        self.mistake = {k: texts.get(k, "") for k in MISTAKE_FIELDS} if mistake else {}
        self.name = self.name or self._anatomy.name
        self.totals = widget_traits.totals(self._anatomy, self.words) if model else []
        self.remark = "" if self._anatomy.wired else self.words["unwired"]
        self._draw()
        self.observe(self._opened, "opened")
        self.observe(self._chosen, "chosen")

    def static_picture(self) -> tuple[Any, ...]:
        """(svg, caption, summary): folded diagram, one sentence, the summary text."""
        scene = widget_traits.scene(self._anatomy, (), self.mistake or None)
        drawing = widget_traits.drawing(scene, self.words, "LR")
        if drawing.width > SAVED_WIDTH:
            drawing = widget_traits.drawing(scene, self.words, "TB")
        picture = widget_traits.svg.svg(drawing, not self._anatomy.wired)
        caption = self._mistake_in_words()
        caption = caption or widget_traits.caption(self._anatomy, self.words)
        if not is_model(self._model):
            return picture, caption
        return picture, caption, (self.words["as_text"], summary_text(self._model))

    def _mistake_in_words(self):
        """The mistake translated for the diagram; only its line if that is all."""
        if self.mistake.get("message") or not self.mistake.get("source"):
            return self.mistake.get("message", "")
        place = {key: self.mistake[key] for key in ("line", "source")}
        return self.words["caption_wrong"].format(**place)

    def show(self) -> None:
        """Display the diagram, and below it the static picture."""
        self._shown_at = environment.cell()
        super().show()

    def release(self) -> None:
        """Drop the reference to the model; the diagram stays, but not the weights.

        A widget lives until the kernel ends, and would keep its model alive.
        """
        self._model = None
        self._anatomy = dataclasses.replace(self._anatomy, layers={})

    def _ipython_display_(self):
        # The cell that created it has already displayed it.
        if self._shown_at is None or self._shown_at != environment.cell():
            self.show()

    def _draw(self):
        scene = widget_traits.scene(self._anatomy, self.opened, self.mistake or None)
        self.publish(
            drawing=widget_traits.drawings(scene, self.words),
            facts=widget_traits.facts(scene, self.words, self._anatomy.operations),
        )

    def _opened(self, _):
        self._draw()

    def _chosen(self, change):
        layer = self._anatomy.layers.get(change["new"])
        if layer is None:
            self.publish(detail={}, pixels=b"")
            return
        words = translations.table("model_plot", language=self.words["lang"])
        shown, pixels = layer_detail.detail(layer, words)
        self.publish(detail={"key": change["new"], **shown}, pixels=pixels)
