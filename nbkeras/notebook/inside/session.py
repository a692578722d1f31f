"""InsideSession: a network, its images and the current selection as plain data."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from nbkeras import layers
from nbkeras.analysis.inside.activations import Activations
from nbkeras.analysis.inside.network import Ref
from nbkeras.image.transform.resize import resize
from nbkeras.layers.activation import Softmax
from nbkeras.notebook.inside.tiles import (
    FULL_SIDE,
    encoded,
    largest,
    plain,
    plain_list,
)
from nbkeras.ops import activations as functions

THUMB = 40
FIRST_TILES, MORE_TILES = 16, 48  # per row, at first and for each click on "more"
OPEN_ROWS = 14  # in deeper networks, only the first and last layers are open
ANSWERS = 10  # most bars
TERMS, CHANNELS = 12, 6  # largest terms and channels shown of the arithmetic
QUICK_CHECK_S = 0.05
RETAKE_S = 1.0  # seconds between two copies of weights in training
GRID_CELLS = 49  # larger windows are not written out
QUIET = (
    layers.Dropout,
    layers.SpatialDropout2D,
    layers.AlphaDropout,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.ActivityRegularization,
    layers.Identity,
)


class InsideSession:
    """The state of one view: the selected image, weights and channels.

    Args:
        network: the `Network`.
        pictures: the `Pictures` to choose from.
        class_names: names of the outputs, or None.

    Attributes:
        activations: outputs of the layers, without disabled channels.
        base: outputs of the layers with all channels enabled.
    """

    def __init__(self, network, pictures, class_names=None):
        self.network, self.pictures = network, pictures
        self.class_names = class_names
        self.activations: Activations
        self.base: Activations
        self._values, self._key, self._version = None, None, 0
        self._weights = network.model.weights_by_path()  # as of `_values`
        self._taken_at, self._checked = 0.0, (None, {})
        self._tiles = {}  # see _encoded
        self._check_s = 0.0  # duration of the last check in seconds

    # Constant traits.

    def constant_traits(self) -> dict[str, Any]:
        """Rows, thumbnails and labels."""
        picture = self.pictures.rows[0][self.network.picture][0]
        height, width, channels = self.network.as_picture(picture).shape
        return {
            "size": [height, width, channels],
            "strip": b"".join(self._thumb(row) for row in self.pictures.rows),
            "labels": [str(label) for label in self.pictures.labels],
            "skipped": list(self.pictures.skipped),
            "range": [self.pictures.range.low, self.pictures.range.high],
        }

    def first_open(self) -> list[int]:
        """The rows that are open initially."""
        rows = [r["row"] for r in self.rows() if r["n"] and not r["quiet"]]
        if len(rows) <= OPEN_ROWS:
            return rows
        return [*rows[:6], *rows[-5:]]

    def first_chosen(self) -> tuple[list[int], list[int]]:
        """The tile and pixel selected initially, in a layer with a kernel."""
        for row in self.rows():
            at = row["row"]
            if at < 0 or row["flat"] or not row["n"]:
                continue
            if self.activations.kernel(at, 0) is not None:
                return [at, 0], [row["shape"][0] // 2, row["shape"][1] // 2]
        return [], []

    def rows(self) -> list[dict[str, Any]]:
        """Information on each row; the input image is row -1."""
        return [self._row(i) for i in range(-1, len(self.network.calls))]

    def _row(self, at):
        shape = self._shape(at)
        is_map = len(shape) in (2, 3) and 0 not in shape
        flat = len(shape) == 1
        n = shape[-1] if len(shape) in (1, 3) else 1
        layer = None if at < 0 else self.network.calls[at].layer
        return {
            "row": at,
            "name": "" if at < 0 else self.network.calls[at].name,
            "kind": "" if layer is None else _kind(layer),
            "shape": [int(size) for size in shape],
            "n": int(n) if is_map or flat else 0,
            "flat": flat,
            "quiet": isinstance(layer, QUIET),
            "switch": at >= 0 and self.network.calls[at].channels is not None,
        }

    # The run.

    def take_weights(self) -> None:
        """Switch to the model's current weights."""
        self._values = self.network.values()
        self._weights = self.network.model.weights_by_path()
        self._version += 1
        self._taken_at = time.monotonic()

    def run(self, at: int, own: np.ndarray | None, off: dict[int, Any]) -> bool:
        """Compute the layers; returns whether anything changed.

        Args:
            at: index of the image; -1 for `own`.
            own: an image created on the page, uint8 (height, width, channels).
            off: {row: disabled channels}.
        """
        mine = None if own is None or at >= 0 else own.tobytes()
        key = (self._version, at, mine)
        if self._key != (key, repr(off)):
            if self._key is None or self._key[0] != key:
                inputs = self._inputs(at, own)
                self.base = latest = Activations(self.network, inputs, self._values)
            else:
                latest = self.activations
            self.activations = latest.without(off) if off else self.base
            self._key = (key, repr(off))
            return True
        return False

    def weights_changed(self) -> bool:
        """Whether the model's weights differ from those shown."""
        if self._values is None:
            return True
        if self.in_training():  # copying is slow: not on every pointer move
            return time.monotonic() - self._taken_at > RETAKE_S
        return any(
            weight.own_value() is not self._values[path]
            for path, weight in self._weights.items()
        )

    def in_training(self) -> bool:
        """Whether a fit is holding the weights."""
        return any(weight.in_training for weight in self._weights.values())

    def _inputs(self, at, own):
        if at < 0 and own is not None:
            return self.pictures.own_rows(self.network, own)
        return self.pictures.rows[max(at, 0)]

    def check(self, may_wait: bool = False) -> dict[str, Any]:
        """Check that the layers computed one by one agree with `predict`.

        Args:
            may_wait: whether to postpone a slow check; the result is then {}.
        """
        if self._checked[0] is not self.base:
            if may_wait and self._check_s > QUICK_CHECK_S:
                return {}
            began = time.monotonic()
            predicted = None if self.in_training() else self._predicted()
            agreement = self.base.agreement(predicted)
            result = {
                "holds": agreement.holds,
                "difference": plain(agreement.difference),
                "against": "model" if predicted is None else "predict",
            }
            is_first = self._checked[0] is None  # includes the compilation
            self._checked = self.base, result
            self._check_s = 0.0 if is_first else time.monotonic() - began
        return self._checked[1]

    def _predicted(self):
        inputs = self.base.inputs
        data = inputs[0] if len(inputs) == 1 else self._by_name(inputs)
        return self.network.model.predict(data, verbose=0)

    def _by_name(self, inputs):
        if isinstance(self.network.model.input, dict):
            names = self.network.model.input_names
            return dict(zip(names, inputs, strict=True))
        return inputs

    # Traits.

    def picture_traits(self) -> dict[str, Any]:
        """The image as displayed."""
        picture = self.activations.picture
        seen = picture if picture.shape[-1] in (1, 3, 4) else picture[..., :1]
        pixels = self.pictures.range.to_bytes(seen)
        return {"picture": pixels.tobytes(), "picture_shape": list(pixels.shape)}

    def tile_traits(self, open_rows: Any, more: dict[int, int]) -> dict[str, Any]:
        """The tiles of the open rows."""
        parts, index, scales, tops = [], [], [], []
        start = 0
        for at in range(-1, len(self.network.calls)):
            if at not in open_rows or not (size := self._row(at)["n"]):
                continue
            count = min(size, more.get(at, FIRST_TILES))
            tiles, own_scales, top = self._encoded(at, count)
            parts.append(tiles.tobytes())
            index.append([at, start, *(int(n) for n in tiles.shape)])
            scales.append(own_scales)
            tops.append(top)
            start += tiles.size
        every_scale = np.concatenate(scales) if scales else np.zeros(0)
        return {
            "tiles": b"".join(parts),
            "index": index,
            "scales": every_scale.astype("<f4").tobytes(),
            "tops": tops,
        }

    def _encoded(self, at, count):
        """(tiles, scales, largest value) of a row, kept until its maps change."""
        array = self.activations.picture if at < 0 else self.activations[at]
        known, known_count, row = self._tiles.get(at, (None, 0, ()))
        if known is not array or known_count != count:
            maps = self._as_maps(at)
            row = (*encoded(maps[..., :count]), largest(maps))
            self._tiles[at] = array, count, row
        return row

    def answer_traits(self) -> dict[str, Any]:
        """The outputs, and those with all channels enabled."""
        answer, base = self.activations.answer, self.base.answer
        if answer.ndim != 1:
            return {"answer": {"kind": "map", "bars": []}}
        size = len(answer)
        order = range(size)
        if size > ANSWERS:
            order = sorted(np.argsort(-base, kind="stable")[:ANSWERS].tolist())
            order = sorted(order, key=lambda i: -base[i])
        bars = [[self._name(i), plain(answer[i]), plain(base[i])] for i in order]
        return {
            "answer": {
                "kind": "probability" if self._gives_probabilities() else "score",
                "bars": bars,
                "best": self._name(int(np.argmax(answer))) if size > 1 else "",
                "size": size,
            }
        }

    def _name(self, number):
        names = self.class_names
        if names is not None and number < len(names):
            return str(names[number])
        return str(number)

    def _gives_probabilities(self):
        at = self.network.outputs[0].call
        layer = self.network.calls[at].layer
        activation = getattr(layer, "activation", None)
        name = functions.registry.name_of(activation) if activation else None
        return isinstance(layer, Softmax) or name in ("softmax", "sigmoid")

    def zoom_traits(self, chosen: list[int]) -> dict[str, Any]:
        """The selected tile at full size, and the kernel that produces it."""
        empty = {"zoom": b"", "zoom_shape": [], "kernel": b"", "kernel_shape": []}
        empty["kernel_channels"] = []
        if not self.is_tile(chosen):
            return empty | {"zoom_scale": 0.0}
        row, channel = chosen
        maps = self._as_maps(row)[..., channel : channel + 1]
        tile, scale = encoded(maps, FULL_SIDE)
        traits = empty | {
            "zoom": tile.tobytes(),
            "zoom_shape": [int(n) for n in tile.shape[1:]],
            "zoom_scale": float(scale[0]),
        }
        kernel = None if row < 0 else self.activations.kernel(row, channel)
        if kernel is not None and kernel.ndim == 3:
            heaviest = _heaviest(kernel)
            kernel = kernel[..., heaviest]
            traits["kernel"] = kernel.astype("<f4").tobytes()
            traits["kernel_shape"] = [int(n) for n in kernel.shape]
            traits["kernel_channels"] = heaviest.tolist()
        return traits

    def is_tile(self, chosen: list[int]) -> bool:
        """Whether [row, channel] is one of the tiles."""
        if len(chosen) != 2 or not -1 <= chosen[0] < len(self.network.calls):
            return False
        return 0 <= chosen[1] < self._row(chosen[0])["n"]

    def point_traits(self, chosen: list[int], point: list[int]) -> dict[str, Any]:
        """The arithmetic of one value, and its receptive field in the image."""
        unit = self._unit(chosen, point)
        if unit is None:
            return {"arithmetic": {}, "reach": []}
        row = chosen[0]
        if row < 0:
            value = plain(self._as_maps(row)[(*point, chosen[1])])
            return {
                "arithmetic": {"kind": "input", "value": value, "unit": list(unit)},
                "reach": [point[0], point[1], point[0], point[1]],
            }
        box = self.activations.reach(row, *unit)
        arithmetic = self.activations.arithmetic_of(row, *unit)
        return {
            "arithmetic": self._in_plain(row, arithmetic),
            "reach": [] if box.is_empty else [box.top, box.left, box.bottom, box.right],
        }

    def _unit(self, chosen, point):
        """The index of the selected value in the layer's output, or None."""
        if not self.is_tile(chosen):
            return None
        row, channel = chosen
        shape = self._shape(row)
        if len(shape) == 1:
            return (channel,)
        if len(point) != 2 or not all(
            0 <= i < n for i, n in zip(point, shape, strict=False)
        ):
            return None
        return (*point, channel) if len(shape) == 3 else tuple(point)

    def _in_plain(self, row, arithmetic):
        """An Arithmetic as data for JSON, reduced to its largest terms."""
        data = {
            "kind": arithmetic.kind,
            "unit": list(arithmetic.unit),
            "value": plain(arithmetic.value),
            "result": plain(arithmetic.result),
            "difference": plain(arithmetic.difference),
            "agrees": arithmetic.agrees,
            "steps": [[step.name, plain(step.value)] for step in arithmetic.steps],
        }
        if arithmetic.inside is not None and arithmetic.inputs is not None:
            return data | self._grids(arithmetic)
        if arithmetic.products is not None:
            data |= self._largest_terms(row, arithmetic)
        elif arithmetic.kind == "elementwise":
            data["parts"] = plain_list(arithmetic.inputs)
        if arithmetic.scores is not None:
            data["scores"] = self._scores(arithmetic)
        return data

    def _grids(self, arithmetic):
        """Windows of numbers for the channels with the largest contributions."""
        inputs, products = arithmetic.inputs, arithmetic.products
        height, width, count = inputs.shape
        rows, columns, channels = (p.tolist() for p in arithmetic.places)
        data = {
            "window": [height, width],
            "inside": arithmetic.inside.astype(int).ravel().tolist(),
            "corner": [min(r for r in rows) if rows else -1, min(columns or [-1])],
            "channels_in": count,
        }
        if arithmetic.scores is not None:
            data["scores"] = self._scores(arithmetic)
        if height * width > GRID_CELLS or not height * width:
            return data
        sums = inputs.sum((0, 1)) if products is None else products.sum((0, 1))
        strongest = np.argsort(-np.abs(sums), kind="stable")[:CHANNELS]
        data["grids"] = [
            {
                "channel": channels[k],
                "inputs": plain_list(inputs[..., k]),
                "weights": []
                if arithmetic.weights is None
                else plain_list(arithmetic.weights[..., k]),
                "sum": plain(sums[k]),
            }
            for k in strongest
        ]
        rest = np.delete(sums, strongest)
        data["rest"] = [len(rest), plain(rest.sum())]
        return data

    def _largest_terms(self, row, arithmetic):
        products = arithmetic.products
        strongest = np.argsort(-np.abs(products), kind="stable")[:TERMS]
        rest = np.delete(products, strongest)
        return {
            "terms": [
                [
                    self._place(row, int(i)),
                    plain(arithmetic.inputs[i]),
                    plain(arithmetic.weights[i]),
                    plain(products[i]),
                ]
                for i in strongest
            ],
            "rest": [len(rest), plain(rest.sum())],
        }

    def _place(self, row, number):
        """The position of a value in the layer before: [row, column, channel], [n]."""
        at, unit = self.activations.source_of(row), (number,)
        while at >= 0 and len(unit) == 1 and len(self._shape(at)) == 1:
            arithmetic = self.activations.arithmetic_of(at, *unit)
            if arithmetic.kind != "copy" or not arithmetic.places:
                break
            unit = tuple(int(place[0]) for place in arithmetic.places)
            at = self.activations.source_of(at)
        return list(unit)

    def _scores(self, arithmetic):
        """[name, score] of the inputs of a softmax, the largest first."""
        scores = arithmetic.scores
        best = np.argsort(-scores, kind="stable")[:ANSWERS]
        is_answer = len(scores) == len(self.base.answer)
        return [
            [self._name(int(i)) if is_answer else str(i), plain(scores[i])]
            for i in best
        ]

    def _shape(self, at):
        return self.base.picture.shape if at < 0 else self.base.shape_of(at)

    def _as_maps(self, at):
        """The output of a row as (height, width, n)."""
        array = self.activations.picture
        if at >= 0:
            array = self.activations.of(Ref(at))
        if array.ndim == 1:
            return array[None, None]
        return array[..., None] if array.ndim == 2 else array

    def _thumb(self, row):
        x = self.network.as_picture(row[self.network.picture][0])
        x = x if x.shape[-1] in (1, 3, 4) else x[..., :1]
        pixels = self.pictures.range.to_bytes(x)[..., :3].astype("float32")
        small = np.rint(resize(pixels, (THUMB, THUMB), "area")).clip(0, 255)
        return np.broadcast_to(small.astype("uint8"), (THUMB, THUMB, 3)).tobytes()


def _kind(layer):
    return getattr(layer, "function", None) or type(layer).__name__


def _heaviest(kernel):
    """The channels with the largest weights, at most `CHANNELS`, in order."""
    weight = np.abs(kernel).sum((0, 1))
    return np.sort(np.argsort(-weight, kind="stable")[:CHANNELS])
