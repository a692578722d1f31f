"""Studio: the augmentation studio, a widget.

Opened by `nbkeras.preview`.
"""

from typing import TYPE_CHECKING, Any

import traitlets

from nbkeras.notebook.augmentation import static_picture
from nbkeras.notebook.augmentation.session import MODES
from nbkeras.notebook.error_messages.translate import translate
from nbkeras.notebook.widget.base import Widget

if TYPE_CHECKING:
    from nbkeras.analysis.augmentation.variants import Variants
    from nbkeras.notebook.widget.figures import Figure

VIEW = {"outline": True, "invented": False, "chosen": -1}


class Studio(Widget):
    """The augmentation studio; `nbkeras.preview(...)` opens it.

    Input traits, set by the page or a cell:
        values: {argument: value} of the generator or layers; see `controls`.
        at: index of the image. seed: random seed. mode: "variants" or "extremes".
        view: whether outlines and filled pixels are drawn; the selected variant.
        ask: number of requests from the page; answered: number of the last response.

    Output traits: controls (available settings), strip (uint8 thumbnails), labels;
    original and pictures (uint8) with their shapes; corners (float32, see `Variants`;
    empty if unknown), invented (bits), names; mixtures (the labels of mixed
    images, empty if none are mixed); code, range [low, high], notes, skipped,
    smaller, trouble (an error message).
    """

    controls = traitlets.List().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    at = traitlets.Int(0, min=0).tag(sync=True)
    seed = traitlets.Int(0, min=0).tag(sync=True)
    mode = traitlets.Enum(MODES, "variants").tag(sync=True)
    view = traitlets.Dict(VIEW).tag(sync=True)
    strip = traitlets.Bytes(b"").tag(sync=True)
    labels = traitlets.List(traitlets.Unicode()).tag(sync=True)
    original = traitlets.Bytes(b"").tag(sync=True)
    original_shape = traitlets.List().tag(sync=True)
    pictures = traitlets.Bytes(b"").tag(sync=True)
    shape = traitlets.List().tag(sync=True)
    corners = traitlets.Bytes(b"").tag(sync=True)
    invented = traitlets.Bytes(b"").tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    mixtures = traitlets.List(traitlets.Unicode()).tag(sync=True)
    code = traitlets.Unicode("").tag(sync=True)
    range = traitlets.List().tag(sync=True)
    notes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    skipped = traitlets.List(traitlets.Unicode()).tag(sync=True)
    smaller = traitlets.Bool(False).tag(sync=True)
    trouble = traitlets.Unicode("").tag(sync=True)
    ask = traitlets.Int(0).tag(sync=True)
    answered = traitlets.Int(0).tag(sync=True)

    def __init__(self, session, **settings):
        self._session, self._shown_state, self._picture_at = session, None, None
        super().__init__(
            values=session.recipe.values, **session.constant_traits() | settings
        )
        with self._gate:
            self._show_variants()
        self.on_msg(self._on_message)
        self.observe(self._on_change, ["values", "at", "seed", "mode", "ask"])

    @property
    def datagen(self) -> Any:
        """The ImageDataGenerator with the current settings, ready to use."""
        if self._is_generator():
            return self._session.recipe.result
        raise AttributeError(
            "This studio has layers, not an ImageDataGenerator. Write studio.layers."
        )

    @property
    def layers(self) -> Any:
        """The layers with the current settings, in the form of the input."""
        if not self._is_generator():
            return self._session.recipe.result
        raise AttributeError(
            "This studio has an ImageDataGenerator, not layers. Write studio.datagen."
        )

    @property
    def variants(self) -> "Variants":
        """The displayed variants as arrays, see `nbkeras.analysis.Variants`."""
        return self._session.variants

    def figure(self) -> "Figure":
        """The original and its variants as a Matplotlib figure."""
        return static_picture.figure(self, self.words)

    def static_picture(self) -> tuple[str, str]:
        """(svg, caption): the original and its variants, and the code."""
        return static_picture.draw(self, self.words)

    def _is_generator(self):
        return self._session.recipe.kind == "datagen"

    def _on_message(self, _, content, buffers):
        """Update the static picture when the page requests it after user input."""
        if isinstance(content, dict) and content.get("do") == "keep":
            self.update_static_picture()

    def _on_change(self, change):
        """Apply a change made by the page or a cell; show errors on the page."""
        with self._gate, self.hold_sync():
            try:
                if change.name != "ask":
                    self._show_variants()
                    self.trouble = ""
            except Exception as error:  # a preprocessing_function may raise anything
                self._shown_state = None
                self.values = dict(self._session.recipe.values)
                self.trouble = _in_words(error)
            self.answered = self.ask

    def _show_variants(self):
        self.at = min(self.at, len(self.labels) - 1)
        state = (repr(self.values), self.at, self.seed, self.mode)
        if state == self._shown_state:
            return
        traits = self._session.variant_traits(
            self.values, self.at, self.seed, self.mode
        )
        if self._picture_at != self.at:
            traits |= self._session.original_traits(self.at)
            self._picture_at = self.at
        self.values = dict(self._session.recipe.values)
        self._shown_state = (repr(self.values), self.at, self.seed, self.mode)
        for name, value in traits.items():
            setattr(self, name, value)


def _in_words(error):
    if isinstance(error, ValueError | TypeError):
        return translate(str(error))
    return f"{type(error).__name__}: {error}"
