"""Activations: what every layer of a model computes from one picture."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from numpy.typing import ArrayLike

from nbkeras import layers
from nbkeras.analysis.inside import arithmetic, reach
from nbkeras.analysis.inside.arithmetic import Arithmetic, Computed
from nbkeras.analysis.inside.network import (
    CHANNELS_FIRST,
    Call,
    Network,
    Passed,
    Ref,
    network_of,
)
from nbkeras.core import check
from nbkeras.core.names.display_name import display_names, quoted
from nbkeras.layers.engine.introspection import is_layer
from nbkeras.models.model import Model

# How far outputs may be from those of `predict`, as a share of the largest.
TOLERANCE = 1e-5
HALF_TOLERANCE = 4e-2
Layers = Mapping[int | str, Iterable[int]]


@dataclass(frozen=True)
class Agreement:
    """Whether the layers, called one by one, give what the model gives.

    Args:
        difference: the largest between two numbers of the outputs.
        holds: whether that is rounding.
    """

    difference: float
    holds: bool


class Activations:
    """What every layer of a model computed from one picture.

    Made by `nbkeras.analysis.inside`.

    Attributes:
        network: the `Network`, with the list of calls.
        inputs: the arrays that went in, one for each input, batch axis included.
        off: {index of a call: (channels that are switched off, ...)}.
    """

    def __init__(
        self,
        network: Network,
        inputs: Sequence[Any],
        values: Mapping[str, Any],
        off: Mapping[int, Sequence[int]] | None = None,
        like: Activations | None = None,
    ):
        """Compute what the parts of the network pass on to each other.

        Args:
            like: activations of the same inputs and values; its arrays are kept where
                they do not depend on the channels that are switched.
        """
        self.network, self.inputs, self._values = network, [*inputs], values
        self.off = {call: tuple(sorted(set(c))) for call, c in (off or {}).items() if c}
        self._kept = {
            i: _kept(call.channels, self.off.get(i, ()))
            for i, call in enumerate(network.calls)
            if call.channels is not None
        }
        self._arrays: dict[Ref, Passed] = network.start(inputs)
        self._maps: dict[Ref, np.ndarray] = {}
        self._shapes: dict[Ref, tuple[int, ...]] = {}
        if like is not None:
            self._paths, self._shapes = like._paths, like._shapes
            self._take_over(range(-1, 0), like)
        self._whole_parts: set[int] = set()
        self._part_of = {i: part for part in network.parts for i in part.calls}
        for part in network.parts:
            if like is not None and self._is_same(part, like):
                self._take_over(part.calls, like)
                self._whole_parts |= like._whole_parts & {part.index}
            elif part.index in network.looked_into:
                self._complete(part)
            else:
                self._arrays |= network.run(
                    part, values, self._arrays, self._kept, whole=False
                )

    def _is_same(self, part, like):
        """Whether a part of `like` has the same inputs and the same channels on."""
        return all(
            self.off.get(i, ()) == like.off.get(i, ()) for i in part.calls
        ) and all(self._arrays[ref] is like._arrays[ref] for ref in part.needs)

    def _take_over(self, calls, like):
        """Keep the arrays of these calls of `like`."""
        arrays, maps = (self._arrays, like._arrays), (self._maps, like._maps)
        for mine, other in (arrays, maps):
            mine |= {ref: x for ref, x in other.items() if ref.call in calls}

    def _complete(self, part):
        """Compute the arrays of a part that stay within it."""
        if part.index not in self._whole_parts:
            every = self.network.run(part, self._values, self._arrays, self._kept)
            self._arrays = every | self._arrays
            self._whole_parts.add(part.index)
            self.network.looked_into.add(part.index)

    def _array(self, ref):
        """An array of the run, with the batch axis."""
        if ref not in self._arrays:
            self._complete(self._part_of[ref.call])
        return self._arrays[ref].array

    def shape_of(self, layer: str | int) -> tuple[int, ...]:
        """The shape of a layer's output, as that of `self[layer]`; computes nothing."""
        at = self.index(layer)
        shape = self.network.calls[at].shape
        if None in shape:
            if Ref(at) not in self._shapes:
                part = self._part_of[at]
                self._shapes |= self.network.shapes(
                    part, self._values, self._arrays, self._kept
                )
            shape = self._shapes[Ref(at)][1:]
        is_first = self.network.calls[at].data_format == CHANNELS_FIRST
        return (*shape[1:], shape[0]) if is_first and len(shape) == 3 else shape

    @property
    def names(self) -> list[str]:
        """Names of the layers, those in nested models as "model/layer"."""
        return [call.name for call in self.network.calls]

    @property
    def picture(self) -> np.ndarray:
        """(height, width, channels): what went in."""
        picture = self.of(Ref(-1, self.network.picture))
        return picture[..., None] if picture.ndim == 2 else picture

    @property
    def answer(self) -> np.ndarray:
        """The first output of the model, without batch axis."""
        return self.of(self.network.outputs[0])

    def __getitem__(self, layer: str | int) -> np.ndarray:
        """The output of a layer, by its name or index: channels last, without batch."""
        return self.of(Ref(self.index(layer)))

    def of(self, ref: Ref) -> np.ndarray:
        """An array of the run, channels last, without batch axis."""
        if ref not in self._maps:
            if ref.call < 0:
                array = np.asarray(self.inputs[ref.output])[0]
                data_format = self.network.data_format
            else:
                array = np.asarray(self._array(ref))[0]
                data_format = self.network.calls[ref.call].data_format
            if str(array.dtype) in ("bfloat16", "float16"):
                array = array.astype("float32")
            if array.ndim == 3 and data_format == CHANNELS_FIRST:
                array = np.moveaxis(array, 0, -1)
            self._maps[ref] = array
        return self._maps[ref]

    def index(self, layer: str | int) -> int:
        """The index of a layer among the calls.

        Raises:
            ValueError: no such layer.
        """
        if check.is_int(layer):
            number = int(layer)
            if -len(self.names) <= number < len(self.names):
                return number % len(self.names)
        elif layer in self.names:
            return self.names.index(str(layer))
        else:
            ending = [i for i, n in enumerate(self.names) if n.endswith(f"/{layer}")]
            if len(ending) == 1:
                return ending[0]
        near = check.did_you_mean(str(layer), self.names)
        raise ValueError(
            f"There is no layer {layer!r} in {quoted(self.network.model.name)}.{near} "
            f"Its layers are: {display_names(self.names)}."
        )

    def arithmetic_of(self, layer: str | int, *unit: int) -> Arithmetic:
        """The arithmetic behind one number of a layer's output.

        Args:
            layer: name or index of the layer.
            *unit: (row, column, channel) in a picture, (unit,) elsewhere.

        Raises:
            ValueError: no such layer, or no such number in its output.
        """
        at = self.index(layer)
        output = self[at]
        if len(unit) != output.ndim or not all(
            0 <= i < n for i, n in zip(unit, output.shape, strict=True)
        ):
            first = ", ".join("0" * output.ndim)
            raise ValueError(
                f"explain({layer!r}, {', '.join(map(str, unit))}): the output of this "
                f"layer has the shape {output.shape}. Write for example "
                f"explain({layer!r}, {first})."
            )
        if unit[-1] in self.off.get(at, ()):
            steps = (arithmetic.Step("switched off", 0.0),)
            value = float(output[unit])
            return Arithmetic(self.names[at], "copy", unit, value, steps)
        return arithmetic.arithmetic_of(self._computed(at), unit)

    def kernel(self, layer: str | int, channel: int) -> np.ndarray | None:
        """The kernel of a channel: (height, width, channels in), or None without.

        The weights of a Dense layer behind Flatten have the form of the picture that
        was flattened; others are (n,).
        """
        at = self.index(layer)
        call = self.network.calls[at]
        if arithmetic.is_own_call(call.layer):
            return None
        kernel = arithmetic.kernel_of(call.layer, self._weight_of(call), channel)
        if kernel is None or kernel.ndim != 1:
            return kernel
        source = self._flattened(call.sources[0])
        if source is None:
            return kernel
        shape = self.of(source).shape
        return kernel.reshape(shape if len(shape) == 3 else (*shape, 1))

    def reach(self, layer: str | int, *unit: int) -> reach.Box:
        """The part of the picture that a number of a layer's output depends on.

        Args: as in `explain`.
        """
        at = self.index(layer)
        boxes: dict[Ref, Any] = self._start(at, unit)
        picture = Ref(-1, self.network.picture)
        for i in range(at, -1, -1):
            call = self.network.calls[i]
            for output in range(call.outputs):
                if Ref(i, output) not in boxes:
                    continue
                for source in call.sources:
                    part = boxes[Ref(i, output)]
                    if part is None or not part.is_empty:
                        part = reach.before(call.layer, part, self.of(source).shape)
                    boxes[source] = _joined(boxes, source, part)
        height, width = self.picture.shape[:2]
        if picture not in boxes:
            return reach.Box(0, 0, -1, -1)
        box = boxes[picture]
        return reach.whole(height, width) if box is None else box

    def on(self, image: Any) -> Activations:
        """The same network, with its weights of then, on another picture."""
        rows = rows_of(self.network, image)
        return Activations(self.network, rows, self._values, self.off)

    def without(self, off: Layers) -> Activations:
        """The same picture with other channels switched off; {} switches all on.

        Args:
            off: {name or index of a layer: channels}.
        """
        indices = {self.index(layer): tuple(chans) for layer, chans in off.items()}
        for call, channels in indices.items():
            size = self.shape_of(call)[-1]
            for channel in channels:
                if not 0 <= channel < size:
                    raise ValueError(
                        f"off={{{self.names[call]!r}: [{channel}]}}: this layer has "
                        f"{size} channels, numbered from 0 to {size - 1}."
                    )
        return Activations(self.network, self.inputs, self._values, indices, self)

    def agreement(self, predicted: Any = None) -> Agreement:
        """Compare the output of the last layer with that of the model as a whole.

        Args:
            predicted: what `model.predict` gave; None has the model computed again.
        """
        if predicted is None:
            expected = self.network.whole(self.inputs, self._values)
        else:
            expected = jax.tree.leaves(predicted)
        largest, tolerance, difference = 1.0, TOLERANCE, 0.0
        for ref, whole in zip(self.network.outputs, expected, strict=True):
            array = np.asarray(whole)
            mine = np.asarray(self._array(ref))
            if str(array.dtype) in ("bfloat16", "float16"):
                tolerance = HALF_TOLERANCE
            array, mine = array.astype("float64"), mine.astype("float64")
            if not array.size or np.array_equal(array, mine, equal_nan=True):
                continue
            difference = max(difference, float(np.max(np.abs(array - mine))))
            largest = max(largest, float(np.max(np.abs(array))))
        return Agreement(difference, difference <= tolerance * largest)

    def source_of(self, layer: str | int) -> int:
        """Index of the call that feeds a layer first; -1 for the picture."""
        sources = self.network.calls[self.index(layer)].sources
        return sources[0].call if sources else -1

    def _computed(self, at):
        call = self.network.calls[at]
        sources = call.sources
        first = sources[0] if sources else Ref(-1)
        return Computed(
            call.layer,
            call.name,
            [self.of(source) for source in sources],
            self[at],
            self._weight_of(call),
            _constants(call),
            self._format_of(first),
        )

    def _format_of(self, ref):
        calls = self.network.calls
        return self.network.data_format if ref.call < 0 else calls[ref.call].data_format

    def _weight_of(self, call: Call):
        @functools.cache
        def weight(name):
            variable = getattr(call.layer, name, None)
            path = self._paths.get(id(variable))
            if path is None:
                return None
            return np.asarray(self._values[path]).astype("float64")

        return weight

    @functools.cached_property
    def _paths(self):
        table = self.network.model.weights_by_path()
        return {id(variable): path for path, variable in table.items()}

    def _flattened(self, ref):
        """The map that was flattened into `ref`, through layers that only pass on."""
        while ref.call >= 0:
            call = self.network.calls[ref.call]
            if isinstance(call.layer, layers.Flatten):
                source = call.sources[0]
                is_last = self._format_of(source) != CHANNELS_FIRST
                is_moved = call.layer.data_format == CHANNELS_FIRST
                ndim = self.of(source).ndim
                keeps_order = ndim == 2 or (ndim == 3 and (is_last or is_moved))
                return source if keeps_order else None
            if not isinstance(call.layer, layers.Dropout | layers.Activation):
                return None
            ref = call.sources[0]
        return None

    def _start(self, at, unit):
        """{Ref: box} to follow one number back from."""
        if len(unit) > 1:
            return {Ref(at): reach.Box(unit[0], unit[1], unit[0], unit[1])}
        while at >= 0 and len(unit) == 1:
            arithmetic = self.arithmetic_of(at, *unit)
            if arithmetic.kind != "copy" or not arithmetic.places:
                break
            source = self.network.calls[at].sources[0]
            unit = tuple(int(place[0]) for place in arithmetic.places)
            if len(unit) > 1:
                return {source: reach.Box(unit[0], unit[1], unit[0], unit[1])}
            at = source.call
        return {Ref(at): None}


def inside(
    model: Model, image: ArrayLike | Sequence[Any], *, off: Layers | None = None
) -> Activations:
    """What every layer of a model computes from one picture, as arrays.

    Nested models are taken apart. Layers run as in `predict`: without dropout, with the
    moving statistics of normalization.

    Args:
        model: Sequential or functional, also loaded or nested; or a subclass whose
            `call` can be traced.
        image: the picture as in `predict`, with or without batch axis; a list with one
            array for each input where the model has several.
        off: {name or index of a layer: channels} that are set to zero.

    Returns:
        `Activations`: `result["conv2d"]` is the output of a layer,
        `result.arithmetic_of("conv2d", row, column, channel)` the arithmetic of one of
        its numbers, `result.reach(...)` the part of the picture it depends on,
        `result.answer` the output of the model.

    Raises:
        TypeError: no model.
        ValueError: a model that takes no picture, or a picture that does not fit.

    >>> from nbkeras import Sequential, layers
    >>> model = Sequential([layers.Input((6, 6, 1)), layers.Conv2D(2, 3, name="conv")])
    >>> result = inside(model, np.ones((6, 6, 1)))
    >>> result["conv"].shape
    (4, 4, 2)
    >>> result.arithmetic_of("conv", 0, 0, 1).agrees
    True
    """
    build_for(model, image)
    network = network_of(model)
    arrays = rows_of(network, image)
    result = Activations(network, arrays, network.values())
    return result.without(off) if off else result


def build_for(model: Any, image: Any) -> None:
    """Build a model that was not built yet, by a call on the picture."""
    if is_layer(model) and not model.built and isinstance(model, Model):
        x = np.asarray(image)
        model(x if x.ndim == 4 else x[None])


def rows_of(network: Network, image: Any) -> list[np.ndarray]:
    """One row for each input of the network, batch axis included.

    Raises:
        ValueError: a picture, or a number of arrays, that does not fit.
    """
    count = len(network.inputs)
    if count > 1 and isinstance(image, dict):
        image = [image[entry.name] for entry in network.inputs]
    if count == 1:
        return [_row(network, image)]
    if not isinstance(image, list | tuple) or len(image) != count:
        names = display_names(entry.name for entry in network.inputs)
        raise ValueError(
            f"inside: the model {quoted(network.model.name)} has {count} inputs, "
            f"{names}. Give a list with one array for each."
        )
    rows = []
    for i, (part, entry) in enumerate(zip(image, network.inputs, strict=True)):
        if i == network.picture:
            rows.append(_row(network, part))
        else:
            x = np.asarray(part)
            rows.append(x[:1] if x.ndim == len(entry.shape) else x[None])
    return rows


def _row(network, image):
    """A picture as one row of the input."""
    shape = network.inputs[network.picture].shape
    x = np.asarray(image)
    candidates = [x[None], x]
    if network.picture_shape[2] == 1 and len(shape) == 4:
        candidates += [network.as_input(x[..., None])] if x.ndim == 2 else []
    if len(shape) == 3 and x.ndim == 3 and x.shape[-1] == 1:
        candidates.append(x[None, ..., 0])
    for row in candidates:
        fits = row.ndim == len(shape) and len(row) == 1
        sizes = zip(row.shape[1:], shape[1:], strict=False)
        if fits and all(m is None or n == m for n, m in sizes):
            if x.dtype.kind not in "fiub":
                break
            return row
    raise ValueError(
        f"inside: the picture has the shape {x.shape} and the dtype {x.dtype}; the "
        f"model {quoted(network.model.name)} takes numbers of shape {shape[1:]}. Give "
        "one picture as you would give it to predict, for example x_test[0]."
    )


def _kept(size, off):
    kept = np.ones(size, bool)
    kept[list(off)] = False
    return kept


def _constants(call):
    """Numbers among the arguments, in order, None in place of arrays; () without."""
    arguments = [*call.args, *call.kwargs.values()]
    if not any(isinstance(part, int | float) for part in arguments):
        return ()
    return tuple(None if isinstance(part, Ref) else part for part in arguments)


def _joined(boxes, ref, part):
    if ref not in boxes:
        return part
    other = boxes[ref]
    if other is None or part is None:
        return None
    if other.is_empty or part.is_empty:
        return part if other.is_empty else other
    return other | part
