"""Errors about input shapes that do not fit a layer, with suggested corrections."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import jax

from nbkeras.core.base_classes import BaseLayer
from nbkeras.core.errors.argument_errors import call_of, example_of
from nbkeras.core.errors.structured_errors import CallMistake, Code, LayerMistake
from nbkeras.core.names.display_name import quoted
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
IMAGE_CHANNELS = (1, 3, 4)  # usual numbers of image channels


def mistake(
    layer: Layer, shape: Any, needed: str, suggestion: str, hint: str = ""
) -> LayerMistake:
    """A `LayerMistake` of `layer` for an input of `shape`, or a list of shapes."""
    is_list = isinstance(shape, list)
    shown_shapes = " and ".join(
        shown(one_shape) for one_shape in (shape if is_list else [shape])
    )
    return LayerMistake(
        type(layer).__name__, layer.name, shown_shapes, needed, suggestion, hint
    )


def shown(shape: Any) -> Any:
    """A shape as text, with None for the batch and unknown sizes."""
    context = functional_call.current()
    shape = (None, *shape[1:]) if shape else ()
    return str(shape if context is None else context.open_shapes.get(shape, shape))


def of_size(layer: Layer, shape: Any, axis: Any, size: int) -> LayerMistake:
    """The error for an axis of another size than the layer was built for."""
    place = "the last axis" if axis == -1 else f"axis {axis}"
    return mistake(
        layer,
        shape,
        f"{size} on {place}, for which it was built",
        f"a second layer for this size, {call_of(layer)}",
        "give data of the size that the model was built for",
    )


def of_several(layer: Layer, shapes: Any) -> LayerMistake:
    """The error for a list passed to a layer that takes one input."""
    return mistake(
        layer,
        list(shapes),
        f"one input, not a list of {len(shapes)}",
        f"{call_of(layer)}(Concatenate()([x, y]))",
        "call it on each of them",
    )


def of_axis(layer: Layer, shape: Any, axis: Any) -> LayerMistake:
    """The error for an input without the axis that the layer uses."""
    last = len(shape) - 1
    needed = f"an axis from -{last} to {last}, not {axis}"
    return mistake(layer, shape, needed, call_of(layer, axis=-1))


def refuse_non_data(layer: Layer, args: tuple[Any, ...]) -> None:
    """Raise if a layer is called on a string, a class or another layer."""
    name = type(layer).__name__
    for argument in jax.tree.leaves(args):
        cls = argument if isinstance(argument, type) else type(argument)
        is_layer = issubclass(cls, BaseLayer)
        if not is_layer and not isinstance(argument, str | type):
            continue
        inner = ""
        if is_layer:
            inner = example_of(cls) if isinstance(argument, type) else call_of(argument)
        description = f"the layer {cls.__name__}" if is_layer else repr(argument)
        raise CallMistake(
            name,
            layer.name,
            description,
            f"{name} {quoted(layer.name)} was called on {description}; it needs data "
            "or the output of a layer",
            f"{call_of(layer)}({inner}(x))" if is_layer else f"{call_of(layer)}(x)",
        )


def of_rank(layer: Layer, shape: Any, ndim: Any, requirement: Any) -> LayerMistake:
    """The error for a wrong number of axes; `requirement` describes `ndim` in words."""
    shape = tuple(shape)
    spatial = re.search(r"([123])D", type(layer).__name__)
    if len(shape) < 2:
        suggestion, hint = "x[:, None] before it", "Input(shape=(1,))"
    elif len(shape) > ndim:
        suggestion, hint = _too_many(layer, shape, spatial)
    elif spatial and len(shape) == 2:
        suggestion, hint = _vector(layer, shape, ndim)
    elif spatial:
        suggestion, hint = _one_short(shape)
    else:
        inner = ", ".join("-1" if n is None else str(n) for n in shape[1:])
        suggestion, hint = f"Reshape(({inner}, 1)) before it", ""
    if type(layer).__name__ == "Permute":
        order = tuple(range(len(shape) - 1, 0, -1))
        suggestion, hint = call_of(layer, dims=order), ""
    described = (
        f", {SHAPES[ndim]}" if ndim in SHAPES and "at" not in requirement else ""
    )
    return mistake(layer, shape, f"{requirement}{described}", suggestion, hint)


def _too_many(layer, shape, spatial):
    name, rank = type(layer).__name__, len(shape)
    text = shown(shape)
    if spatial and text.startswith("(None, None, ") and "None" not in text[13:]:
        return f"Input(({text[13:]}) without the batch axis", ""
    if spatial and rank - 2 in (1, 2, 3):
        other = name.replace(spatial[0], f"{rank - 2}D")
        return Code(call_of(layer)).replace(name, other, 1), ""
    if rank in (3, 4, 5):
        return "Flatten() before it", f"GlobalAveragePooling{rank - 2}D()"
    return "Flatten() before it", ""


def _vector(layer, shape, ndim):
    features = shape[1]
    if type(layer).__name__.startswith("Global"):
        return "the model without it: a vector needs no pooling", ""
    picture_shape = _picture(features, ndim - 2) if features else None
    hint = "move Flatten() after it"
    if picture_shape is None:
        return f"Input{(28, 28, 1)[: ndim - 2]} before it", hint
    return f"Reshape({picture_shape}) before it", hint


def _picture(values, rank):
    """An image shape with this number of values."""
    for channels in IMAGE_CHANNELS:
        side = round((values / channels) ** (1 / rank))
        if rank > 1 and side > 1 and side**rank * channels == values:
            return (*(side,) * rank, channels)
    return (values, *(1,) * rank)


def _one_short(shape):
    """The (suggestion, hint) for a missing channel or batch axis."""
    if shape[-1] in IMAGE_CHANNELS and len(shape) > 2:
        return "x[None], if it is one example", "x[..., None], if it has no channels"
    sizes = ", ".join(str(n) for n in shape[1:])
    return f"Input(({sizes}, 1)) for x[..., None]", f"Reshape(({sizes}, 1)) before it"


def looks_channels_first(layer: Layer, shape: Any, reach: Any) -> bool:
    """Whether a window of `reach` would fit if the channels were moved last."""
    if (
        layer.data_format != "channels_last"
        or len(shape) < 4
        or shape[1] not in IMAGE_CHANNELS
    ):
        return False
    pairs = zip(shape[2:], reach, strict=True)
    return all(n is not None and n >= r for n, r in pairs)


def moved_last(shape: Any) -> str:
    """The suggestion to move the channels last."""
    return f"Input({(*shape[2:], shape[1])}) for np.moveaxis(x, 1, -1)"


def fitting(values: Any, target: Any) -> Any:
    """`target` with one size replaced so that it holds `values`; None if impossible."""
    for place in reversed(range(len(target))):
        other_values = math.prod(
            n for i, n in enumerate(target) if i != place and n != -1
        )
        other_sizes = [n for i, n in enumerate(target) if i != place]
        if other_values and values % other_values == 0 and -1 not in other_sizes:
            return (*target[:place], values // other_values, *target[place + 1 :])
    return None
