"""Errors about input shapes that do not fit a layer, with lines that would."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import jax

from nbkeras.core.argument_errors import call_of, example_of
from nbkeras.core.base_classes import BaseLayer
from nbkeras.core.names.display_name import quoted
from nbkeras.core.structured_errors import CallMistake, Code, LayerMistake
from nbkeras.layers.engine import functional_call

if TYPE_CHECKING:
    from nbkeras.layers.engine.layer import Layer

__all__ = ["call_of", "mistake", "of_rank", "of_size"]

SHAPES = {
    2: "(batch, features)",
    3: "(batch, steps, channels)",
    4: "(batch, height, width, channels)",
    5: "(batch, depth, height, width, channels)",
}
FEW = (1, 3, 4)  # usual numbers of image channels


def mistake(
    layer: Layer, shape: Any, needed: str, write: str, hint: str = ""
) -> LayerMistake:
    """A `LayerMistake` of `layer` at an input of `shape`, or of several shapes."""
    several = isinstance(shape, list)
    shown_shapes = " and ".join(
        shown(one_shape) for one_shape in (shape if several else [shape])
    )
    return LayerMistake(
        type(layer).__name__, layer.name, shown_shapes, needed, write, hint
    )


def shown(shape: Any) -> Any:
    """A shape with None for the batch and unknown sizes."""
    context = functional_call.current()
    shape = (None, *shape[1:]) if shape else ()
    return str(shape if context is None else context.open_shapes.get(shape, shape))


def of_size(layer: Layer, shape: Any, axis: Any, size: int) -> LayerMistake:
    """An axis does not have the size that the layer was built for."""
    place = "the last axis" if axis == -1 else f"axis {axis}"
    return mistake(
        layer,
        shape,
        f"{size} on {place}, for which it was built",
        f"a second layer for this size, {call_of(layer)}",
        "give data of the size that the model was built for",
    )


def of_several(layer: Layer, shapes: Any) -> LayerMistake:
    """A layer that takes one input got a list."""
    return mistake(
        layer,
        list(shapes),
        f"one input, not a list of {len(shapes)}",
        f"{call_of(layer)}(Concatenate()([x, y]))",
        "call it on each of them",
    )


def of_axis(layer: Layer, shape: Any, axis: Any) -> LayerMistake:
    """The input does not have the axis of the layer."""
    last = len(shape) - 1
    needed = f"an axis from -{last} to {last}, not {axis}"
    return mistake(layer, shape, needed, call_of(layer, axis=-1))


def refuse_what_is_no_data(layer: Layer, args: tuple[Any, ...]) -> None:
    """Raise if a layer is called on a string, a class or another layer."""
    name = type(layer).__name__
    for argument in jax.tree.leaves(args):
        cls = argument if isinstance(argument, type) else type(argument)
        other = issubclass(cls, BaseLayer)
        if not other and not isinstance(argument, str | type):
            continue
        inner = ""
        if other:
            inner = example_of(cls) if isinstance(argument, type) else call_of(argument)
        what = f"the layer {cls.__name__}" if other else repr(argument)
        raise CallMistake(
            name,
            layer.name,
            what,
            f"{name} {quoted(layer.name)} was called on {what}; it needs data or the "
            "output of a layer",
            f"{call_of(layer)}({inner}(x))" if other else f"{call_of(layer)}(x)",
        )


def of_rank(layer: Layer, shape: Any, wanted: Any, words: Any) -> LayerMistake:
    """The number of axes is wrong: `words` describes the needed one, `wanted`."""
    shape = tuple(shape)
    spatial = re.search(r"([123])D", type(layer).__name__)
    if len(shape) < 2:
        write, hint = "x[:, None] before it", "Input(shape=(1,))"
    elif len(shape) > wanted:
        write, hint = _too_many(layer, shape, spatial)
    elif spatial and len(shape) == 2:
        write, hint = _vector(layer, shape, wanted)
    elif spatial:
        write, hint = _one_short(shape)
    else:
        inner = ", ".join("-1" if n is None else str(n) for n in shape[1:])
        write, hint = f"Reshape(({inner}, 1)) before it", ""
    if type(layer).__name__ == "Permute":
        order = tuple(range(len(shape) - 1, 0, -1))
        write, hint = call_of(layer, dims=order), ""
    described = f", {SHAPES[wanted]}" if wanted in SHAPES and "at" not in words else ""
    return mistake(layer, shape, f"{words}{described}", write, hint)


def _too_many(layer, shape, spatial):
    name, rank = type(layer).__name__, len(shape)
    seen = shown(shape)
    if spatial and seen.startswith("(None, None, ") and "None" not in seen[13:]:
        return f"Input(({seen[13:]}) without the batch axis", ""
    if spatial and rank - 2 in (1, 2, 3):
        other = name.replace(spatial[0], f"{rank - 2}D")
        return Code(call_of(layer)).replace(name, other, 1), ""
    if rank in (3, 4, 5):
        return "Flatten() before it", f"GlobalAveragePooling{rank - 2}D()"
    return "Flatten() before it", ""


def _vector(layer, shape, wanted):
    features = shape[1]
    if type(layer).__name__.startswith("Global"):
        return "the model without it: a vector needs no pooling", ""
    picture_shape = _picture(features, wanted - 2) if features else None
    behind = "move Flatten() after it"
    if picture_shape is None:
        return f"Input{(28, 28, 1)[: wanted - 2]} before it", behind
    return f"Reshape({picture_shape}) before it", behind


def _picture(values, rank):
    """The shape of an image with this number of values."""
    for channels in FEW:
        side = round((values / channels) ** (1 / rank))
        if rank > 1 and side > 1 and side**rank * channels == values:
            return (*(side,) * rank, channels)
    return (values, *(1,) * rank)


def _one_short(shape):
    """Either the channel axis or the batch axis is missing."""
    if shape[-1] in FEW and len(shape) > 2:
        return "x[None], if it is one example", "x[..., None], if it has no channels"
    sizes = ", ".join(str(n) for n in shape[1:])
    return f"Input(({sizes}, 1)) for x[..., None]", f"Reshape(({sizes}, 1)) before it"


def looks_channels_first(layer: Layer, shape: Any, reach: Any) -> bool:
    """Whether a window of `reach` would fit with the channels last."""
    if layer.data_format != "channels_last" or len(shape) < 4 or shape[1] not in FEW:
        return False
    pairs = zip(shape[2:], reach, strict=True)
    return all(n is not None and n >= r for n, r in pairs)


def moved_last(shape: Any) -> str:
    """An `Input` line with the channels moved last."""
    return f"Input({(*shape[2:], shape[1])}) for np.moveaxis(x, 1, -1)"


def fitting(values: Any, target: Any) -> Any:
    """`target` with one size replaced so that it holds `values`; else a plain row."""
    for place in reversed(range(len(target))):
        rest = math.prod(n for i, n in enumerate(target) if i != place and n != -1)
        others = [n for i, n in enumerate(target) if i != place]
        if rest and values % rest == 0 and -1 not in others:
            return (*target[:place], values // rest, *target[place + 1 :])
    return None
