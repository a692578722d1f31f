"""Inside: a widget that shows the layers of a network for an image."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from nbkeras.notebook.error_messages.translate import translate
from nbkeras.notebook.inside import static_picture
from nbkeras.notebook.inside.follow import follower
from nbkeras.notebook.widget.base import Widget

if TYPE_CHECKING:
    from nbkeras.analysis.inside.activations import Activations
    from nbkeras.analysis.inside.arithmetic import Arithmetic
    from nbkeras.notebook.widget.figures import Figure

MOST_SIDE = 1024


class Inside(Widget):
    """The inside of a network; opened by `nbkeras.inside(...)`.

    Input traits, set by the page or a cell:
        at: index of the image; -1 for the one created on the page.
        own: that image, base64 of uint8 (height, width, channels), and its own_shape.
        unfolded: open rows; -1 is the image. more: {row: number of tiles}.
        chosen: [row, channel] of the selected tile; [] for none.
        point: [row, column] in that tile; [] for none.
        off: {row: disabled channels}.
        ask: number of requests from the page; answered: number of the last response.

    Output traits: size (of the image), range, strip (uint8 thumbnails), labels,
    skipped, rows (information on each layer); picture (uint8) and its shape; tiles
    (uint8, see `tiles.encoded`), index [row, first byte, n, height, width], scales
    (float32), tops (largest value of each row); answer, check; zoom (the selected tile
    at full size) with shape and scale, kernel (float32) with its shape, arithmetic,
    reach [top, left, bottom, right]; live ("" or the progress of a fit), trouble (an
    error message).
    """

    at = traitlets.Int(0, min=-1).tag(sync=True)
    own = traitlets.Unicode("").tag(sync=True)
    own_shape = traitlets.List().tag(sync=True)
    unfolded = traitlets.List().tag(sync=True)
    more = traitlets.Dict().tag(sync=True)
    chosen = traitlets.List().tag(sync=True)
    point = traitlets.List().tag(sync=True)
    off = traitlets.Dict().tag(sync=True)
    size = traitlets.List().tag(sync=True)
    range = traitlets.List().tag(sync=True)
    strip = traitlets.Bytes(b"").tag(sync=True)
    labels = traitlets.List(traitlets.Unicode()).tag(sync=True)
    skipped = traitlets.List(traitlets.Unicode()).tag(sync=True)
    rows = traitlets.List().tag(sync=True)
    picture = traitlets.Bytes(b"").tag(sync=True)
    picture_shape = traitlets.List().tag(sync=True)
    tiles = traitlets.Bytes(b"").tag(sync=True)
    index = traitlets.List().tag(sync=True)
    scales = traitlets.Bytes(b"").tag(sync=True)
    tops = traitlets.List().tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)
    check = traitlets.Dict().tag(sync=True)
    zoom = traitlets.Bytes(b"").tag(sync=True)
    zoom_shape = traitlets.List().tag(sync=True)
    zoom_scale = traitlets.Float(0.0).tag(sync=True)
    kernel = traitlets.Bytes(b"").tag(sync=True)
    kernel_shape = traitlets.List().tag(sync=True)
    kernel_channels = traitlets.List().tag(sync=True)
    arithmetic = traitlets.Dict().tag(sync=True)
    reach = traitlets.List().tag(sync=True)
    live = traitlets.Dict().tag(sync=True)
    name = traitlets.Unicode("").tag(sync=True)
    trouble = traitlets.Unicode("").tag(sync=True)
    ask = traitlets.Int(0).tag(sync=True)
    answered = traitlets.Int(0).tag(sync=True)

    def __init__(self, session, **settings):
        self._session, self._shown = session, {}
        session.take_weights()
        constants = session.constant_traits()
        super().__init__(name=session.network.model.name, **constants | settings)
        with self._gate:
            self._look()
            if "unfolded" not in settings:
                self.unfolded = session.first_open()
            if "chosen" not in settings:
                self.chosen, self.point = session.first_chosen()
            self._look()
        self.on_msg(self._on_message)
        self.observe(self._on_change, ["at", "own", "unfolded", "more", "chosen"])
        self.observe(self._on_change, ["point", "off", "ask"])
        follower.add(self, session.network.model)

    @property
    def activations(self) -> Activations:
        """The outputs of every layer, see `nbkeras.analysis.inside`."""
        return self._session.activations

    def arithmetic_of(self, layer: str | int, *unit: int) -> Arithmetic:
        """The arithmetic behind one value, see `Activations.arithmetic_of`."""
        return self.activations.arithmetic_of(layer, *unit)

    def figure(self) -> Figure:
        """The image, the first channels of each open row, and the output."""
        return static_picture.figure(self, self.words)

    def static_picture(self) -> tuple[str, str]:
        """(svg, caption): the image, the open rows, and the output."""
        return static_picture.draw(self, self.words)

    def take_weights(self, live: dict[str, Any] | None = None) -> None:
        """Show the current weights; called by a fit between two steps.

        Args:
            live: {"epoch": from 1, "step": total steps} of the fit; {} at its end.
        """
        with self._gate, self.hold_sync():
            self._session.take_weights()
            self._look()
            self.live = live or {}

    def _on_message(self, _, content, buffers):
        """Compute slow parts when the page requests them after user input."""
        if isinstance(content, dict) and content.get("do") == "keep":
            with self._gate:
                self.check = self._session.check()
            self.update_static_picture()

    def _on_change(self, change):
        """Apply a change made by the page or a cell; show errors on the page."""
        with self._gate, self.hold_sync():
            try:
                if self._session.weights_changed():
                    self._session.take_weights()
                self._look()
                self.trouble = ""
            except Exception as error:  # a `preprocess` may raise anything
                self.trouble = _in_words(error)
            self.answered = self.ask

    def _look(self):
        """Recompute what has changed since the last update, and set those traits."""
        session = self._session
        off = _channels(self.off)
        if session.run(min(self.at, len(self.labels) - 1), self._own(), off):
            self._shown.clear()
        is_new = not self._shown
        if is_new:
            self._set(session.picture_traits() | session.answer_traits())
            self.check = session.check(may_wait=True)
        if not self.rows:
            self.rows = session.rows()
        more = {int(row): int(count) for row, count in self.more.items()}
        if self._changed("tiles", self.unfolded, more):
            self._set(session.tile_traits(set(self.unfolded), more))
        if self._changed("zoom", self.chosen):
            self._set(session.zoom_traits(self.chosen))
        if self._changed("point", self.chosen, self.point):
            self._set(session.point_traits(self.chosen, self.point))

    def _changed(self, part, *settings):
        key = repr(settings)
        changed = self._shown.get(part) != key
        self._shown[part] = key
        return changed

    def _set(self, traits):
        for name, value in traits.items():
            setattr(self, name, value)

    def _own(self):
        """The image created on the page, or None."""
        if self.at >= 0 or not self.own:
            return None
        data = base64.b64decode(self.own)
        shape = [int(n) for n in self.own_shape]
        fits = len(shape) == 3 and max(shape) <= MOST_SIDE
        if not fits or len(data) != int(np.prod(shape)):
            raise ValueError(f"own has {len(data)} bytes, and own_shape is {shape}.")
        return np.frombuffer(data, "uint8").reshape(shape)


def _channels(off):
    """{row: channels} of the trait, whose keys are strings if set by the page."""
    return {int(row): tuple(channels) for row, channels in off.items() if channels}


def _in_words(error):
    if isinstance(error, ValueError | TypeError):
        return translate(str(error))
    return f"{type(error).__name__}: {error}"
