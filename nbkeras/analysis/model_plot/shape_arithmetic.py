"""Formulas of shapes and counts, such as "(150 - 3)/1 + 1 = 148".

A line is (name, formula). The name is a key such as "height" or "parameters", which a
display translates; the formula has only numbers.
"""

import itertools
import math

from nbkeras import layers
from nbkeras.analysis.model_plot import costs, sliding_windows
from nbkeras.layers.merging.base import Merge

PADDING = (layers.ZeroPadding1D, layers.ZeroPadding2D, layers.ZeroPadding3D)
CROPPING = (layers.Cropping1D, layers.Cropping2D, layers.Cropping3D)


def lines(layer, inputs, output):
    """[(name, formula), ...] of a layer: its shape, parameters and multiply-adds.

    Args:
        layer: a built layer.
        inputs: shapes of the inputs with the batch axis.
        output: shape of the output.
    """
    if not inputs:
        return []
    formulas = _shape(layer, inputs, tuple(output))
    if layer.weights:
        formulas.append(("parameters", parameters(layer)))
    products = costs.of_layer(layer, inputs, output)[0]
    if products and (taps := _taps(layer, inputs[0])):
        num_outputs = "*".join(map(str, output[1:]))
        formulas.append(("multiply_adds", f"{taps} * {num_outputs} = {products:,}"))
    return formulas


def parameters(layer):
    """The formula of the number of parameters: "3*3*3*32 + 32 = 896"."""
    shapes = [w.shape or (1,) for w in layer.weights]
    parts = []
    for shape, group in itertools.groupby(shapes):
        many = len(list(group))
        text = "*".join(map(str, shape))
        parts.append(f"{many}*{text}" if many > 1 else text)
    total = sum(map(math.prod, shapes))
    if len(parts) > 6:
        parts = [*parts[:5], "..."]
    left = " + ".join(parts)
    return left if left == str(total) else f"{left} = {total:,}"


def window_places(size, window, axis):
    """The formula of the number of window positions along an axis of `size`."""
    k, s, d = (
        setting[axis] for setting in (window.size, window.strides, window.dilation)
    )
    if size is None:
        return "?"
    if window.padding != "valid":
        return (
            f"{size}/{s} = {size // s}"
            if size % s == 0
            else (f"⌈{size}/{s}⌉ = {-(-size // s)}")
        )
    reach = f"(({k} - 1)*{d} + 1)" if d > 1 else str(k)
    span = window.spans[axis]
    num_positions = (size - span) // s + 1
    if (size - span) % s:
        return f"⌊({size} - {reach})/{s}⌋ + 1 = {num_positions}"
    return f"({size} - {reach})/{s} + 1 = {num_positions}"


def _shape(layer, inputs, output):
    shape = inputs[0]
    window = sliding_windows.window(layer)
    if isinstance(layer, sliding_windows.ConvTranspose):
        return _along(layer, shape, output, lambda n, m, i: _spread(layer, n, m, i))
    if window is not None:
        return _along(layer, shape, output, lambda n, _, i: window_places(n, window, i))
    if isinstance(layer, sliding_windows.UPSAMPLING):
        factors = sliding_windows.upsampling(layer)
        return _along(layer, shape, output, lambda n, m, i: f"{n}*{factors[i]} = {m}")
    if isinstance(layer, PADDING + CROPPING):
        return _along(layer, shape, output, lambda n, m, i: _margin(layer, n, m, i))
    if isinstance(layer, layers.Flatten):
        return [("values", _product(shape[1:], output[-1]))]
    if isinstance(layer, layers.Reshape):
        if None in (*shape[1:], *output[1:]):
            return []
        count = math.prod(shape[1:])
        return [("values", f"{_times(shape[1:])} = {count:,} = {_times(output[1:])}")]
    if isinstance(layer, sliding_windows.GlobalPooling):
        window_sizes = sliding_windows.places(layer, shape)
        return [("window", _product(window_sizes, None))]
    if isinstance(layer, layers.Concatenate):
        axis = layer.axis
        sizes = [input_shape[axis] for input_shape in inputs]
        total = f" = {output[axis]:,}" if None not in sizes else ""
        return [("channels", " + ".join(map(str, sizes)) + total)]
    if isinstance(layer, Merge):
        return [("shapes", f" {_sign(layer)} ".join(map(_times, inputs)))]
    return []


def _along(layer, shape, output, formula):
    """The formula of each spatial axis; a single line if all are equal."""
    sizes = sliding_windows.places(layer, shape)
    after = sliding_windows.places(layer, output)
    names = sliding_windows.AXES.get(len(sizes), ())
    formulas = [
        (name, formula(n, m, i))
        for i, (name, n, m) in enumerate(zip(names, sizes, after, strict=True))
    ]
    if len(formulas) > 1 and len({text for _, text in formulas}) == 1:
        return [("each side", formulas[0][1])]
    return formulas


def _spread(layer, size, after, axis):
    k, s = layer.kernel_size[axis], layer.strides[axis]
    if size is None:
        return "?"
    if layer.output_padding is not None or layer.dilation_rate[axis] > 1:
        return f"{size} → {after}"
    if layer.padding == "same":
        return f"{size}*{s} = {after}"
    return f"({size} - 1)*{s} + {max(k, s)} = {after}"


def _margin(layer, size, after, axis):
    crops = isinstance(layer, CROPPING)
    pairs = layer.cropping if crops else layer.padding
    low, high = pairs if isinstance(pairs[0], int) else pairs[axis]
    sign = "-" if crops else "+"
    return f"{'?' if size is None else size} {sign} {low} {sign} {high} = {after}"


def _taps(layer, shape):
    """The multiply-adds per output value: "3*3*32"."""
    if isinstance(layer, layers.Dense):
        return str(shape[-1])
    if isinstance(layer, sliding_windows.PlainConv):
        channels_in = sliding_windows.channels(layer, shape) // layer.groups
        return "*".join(map(str, (*layer.kernel_size, channels_in)))
    if isinstance(layer, sliding_windows.DepthwiseConv):
        return "*".join(map(str, layer.kernel_size))
    return None


def _product(sizes, total):
    if None in sizes:
        return _times(sizes)
    total = math.prod(sizes) if total is None else total
    return f"{_times(sizes)} = {total:,}" if len(sizes) > 1 else f"{total:,}"


def _times(sizes):
    sizes = [size for i, size in enumerate(sizes) if i or size is not None]
    return " * ".join("?" if n is None else str(n) for n in sizes)


def _sign(layer):
    return {"Multiply": "×", "Subtract": "−"}.get(type(layer).__name__, "+")
