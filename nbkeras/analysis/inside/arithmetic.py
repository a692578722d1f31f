"""Arithmetic: how a layer computed one number, recomputed from what went in."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from nbkeras import layers
from nbkeras.analysis.inside.kernel_window import kernel_window
from nbkeras.analysis.model_plot import sliding_windows
from nbkeras.core.serialization import registry
from nbkeras.layers.convolution.conv import PlainConv
from nbkeras.layers.convolution.conv_transpose import ConvTranspose
from nbkeras.layers.convolution.separable import DepthwiseConv, SeparableConv
from nbkeras.layers.engine.nodes.function_nodes import Operation
from nbkeras.layers.pooling import (
    AveragePooling,
    GlobalAveragePooling,
    GlobalMaxPooling,
    MaxPooling,
)
from nbkeras.ops import activations

# Share of the terms' sum by which float32 arithmetic may differ from float64.
TOLERANCE = {"float32": 1e-5, "float64": 1e-5, "bfloat16": 4e-2, "float16": 1e-2}


@dataclass(frozen=True)
class Step:
    """One line of the arithmetic.

    Args:
        name: "sum", "bias", "mean", or the name of an activation, for example.
        value: the number that stands there.
    """

    name: str
    value: float


@dataclass(frozen=True)
class Arithmetic:
    """How a layer computed one number, recomputed from its inputs in float64.

    Attributes:
        layer: name of the layer.
        kind: "weighted sum", "maximum", "mean", "normalization", "function",
            "softmax", "elementwise", "copy", or "unknown" where no arithmetic is known.
        unit: index of the number in the layer's output: (row, column, channel), or
            (unit,); channels last whatever the data format.
        value: the number as the network computed it.
        steps: the lines of the arithmetic; the last one is the result.
        inputs: what went in: a window (height, width, channels), or (n,) numbers.
        weights: the weight of each input, in the shape of `inputs`; None without.
        inside: (height, width) bool, False where the window lies on padding.
        places: where the inputs stand in the layer's input: (rows, columns, channels)
            for a window, (indices,) for numbers; -1 for padding.
        scores: all the scores that a softmax takes together; None without.
        scale: sum of the sizes of the terms, which rounding grows with.
        dtype: what the network computes in.
    """

    layer: str
    kind: str
    unit: tuple[int, ...]
    value: float
    steps: tuple[Step, ...] = ()
    inputs: np.ndarray | None = None
    weights: np.ndarray | None = None
    inside: np.ndarray | None = None
    places: tuple[np.ndarray, ...] = ()
    scores: np.ndarray | None = None
    scale: float = 1.0
    dtype: str = "float32"

    @property
    def result(self) -> float:
        """The last line of the arithmetic; the value itself where it is unknown."""
        return self.steps[-1].value if self.steps else self.value

    @property
    def products(self) -> np.ndarray | None:
        """Each input times its weight; None without weights."""
        if self.inputs is None or self.weights is None:
            return None
        return self.inputs * self.weights

    @property
    def difference(self) -> float:
        """How far the recomputed number is from what the network computed."""
        if self.result == self.value or math.isnan(self.result * 0 + self.value * 0):
            is_same = np.array_equal(self.result, self.value, equal_nan=True)
            return 0.0 if is_same else math.inf
        return abs(self.result - self.value)

    @property
    def agrees(self) -> bool:
        """Whether the recomputed number is the network's, but for rounding."""
        share = TOLERANCE.get(self.dtype, 1e-5)
        return self.difference <= share * max(1.0, self.scale, abs(self.value))


@dataclass(frozen=True)
class Computed:
    """One call, as `explain` sees it.

    Args:
        layer: the layer. name: of the call.
        inputs: its input arrays, without batch axis, channels last.
        output: its output, likewise.
        weight: (name of an attribute) -> float64 array or None.
        constants: numbers among its arguments, in order, None in place of arrays.
        data_format: where the channels stand in the network itself.
    """

    layer: Any
    name: str
    inputs: list
    output: np.ndarray
    weight: Callable[[str], np.ndarray | None]
    constants: tuple = ()
    data_format: str = "channels_last"

    @property
    def x(self) -> np.ndarray:
        """The first input, in float64."""
        return np.asarray(self.inputs[0], np.float64)


def arithmetic_of(computed: Computed, unit: tuple[int, ...]) -> Arithmetic:
    """The arithmetic of one number of a layer's output.

    Args:
        computed: the layer with what went in and what came out.
        unit: index into `computed.output`.
    """
    rule = _rule(computed.layer)
    fields = rule(computed, unit) if rule else None
    return Arithmetic(
        layer=computed.name,
        unit=tuple(int(i) for i in unit),
        value=float(computed.output[unit]),
        dtype=str(computed.layer.compute_dtype),
        **(fields or {"kind": "unknown"}),
    )


def kernel_of(
    layer: Any, weight: Callable[[str], np.ndarray | None], channel: int
) -> np.ndarray | None:
    """The kernel of a channel: (height, width, channels), or (n,); None without."""
    if isinstance(layer, layers.Dense):
        kernel = weight("kernel")
        return None if kernel is None else kernel[:, channel]
    if isinstance(layer, SeparableConv) and layer.rank == 2:
        depthwise, pointwise = weight("depthwise_kernel"), weight("pointwise_kernel")
        assert depthwise is not None
        assert pointwise is not None
        flat = depthwise * pointwise[0, 0, :, channel].reshape(depthwise.shape[2:])
        return flat.sum(-1)
    if not _is_window_with_kernel(layer):
        return None
    kernel = weight("kernel")
    assert kernel is not None
    if isinstance(layer, DepthwiseConv):
        multiplier = kernel.shape[-1]
        return kernel[:, :, channel // multiplier, channel % multiplier][..., None]
    if isinstance(layer, ConvTranspose):
        return kernel[:, :, channel]
    return kernel[..., channel]


def _is_window_with_kernel(layer):
    kinds = (PlainConv, DepthwiseConv, ConvTranspose)
    return isinstance(layer, kinds) and layer.rank == 2


def is_own_call(layer: Any) -> bool:
    """Whether a user wrote the `call` of the layer, which may then do anything."""
    cls = next(cls for cls in type(layer).__mro__ if "call" in vars(cls))
    return registry.is_custom(cls.__module__)


def _rule(layer):
    """The function for a kind of layer, None where its arithmetic is not known."""
    if is_own_call(layer):
        return None
    if isinstance(layer, Operation):
        return OPERATIONS.get(layer.function)
    if getattr(layer, "rank", 2) != 2:
        return None
    for kinds, rule in RULES:
        if isinstance(layer, kinds):
            return rule
    return None


# Windows.


def _convolution(computed, unit):
    layer = computed.layer
    cells = kernel_window(layer, computed.x.shape, unit[:2])
    kernel = computed.weight("kernel")
    kernel = np.moveaxis(kernel, 2, 3) if isinstance(layer, ConvTranspose) else kernel
    kernel = kernel[np.ix_(cells.kernel_rows, cells.kernel_columns)]
    window = cells.window(computed.x)
    groups = getattr(layer, "groups", 1)
    per_filter = kernel.shape[3] // groups
    group = unit[2] // per_filter
    size = kernel.shape[2]
    channels = np.arange(group * size, (group + 1) * size)
    # Scores of all filters, each on the channels of its group.
    parts = window.reshape(*window.shape[:2], groups, size)
    by_group = kernel.reshape(*kernel.shape[:3], groups, per_filter)
    sums = np.einsum("hwgc,hwcgf->gf", parts, by_group).reshape(-1)
    inputs, weights = window[..., channels], kernel[..., unit[2]]
    return _weighted(computed, unit, sums, inputs, weights, cells, channels)


def _depthwise(computed, unit):
    cells = kernel_window(computed.layer, computed.x.shape, unit[:2])
    kernel = computed.weight("kernel")
    window = cells.window(computed.x)
    sums = np.einsum("hwc,hwcm->cm", window, kernel).reshape(-1)
    channel, number = divmod(unit[2], kernel.shape[3])
    inputs = window[..., channel : channel + 1]
    weights = kernel[:, :, channel, number][..., None]
    channels = np.array([channel])
    return _weighted(computed, unit, sums, inputs, weights, cells, channels)


def _separable(computed, unit):
    cells = kernel_window(computed.layer, computed.x.shape, unit[:2])
    depthwise = computed.weight("depthwise_kernel")
    pointwise = computed.weight("pointwise_kernel")[0, 0]
    window = cells.window(computed.x)
    between = np.einsum("hwc,hwcm->cm", window, depthwise).reshape(-1)
    sums = between @ pointwise
    by_channel = pointwise[:, unit[2]].reshape(depthwise.shape[2:])
    weights = (depthwise * by_channel).sum(-1)
    channels = np.arange(window.shape[2])
    return _weighted(computed, unit, sums, window, weights, cells, channels)


def _weighted(computed, unit, sums, inputs, weights, cells, channels):
    fields = _after_sum(computed, unit[-1], sums)
    if fields is None:
        return None
    return fields | {
        "inputs": inputs,
        "weights": weights,
        "inside": cells.inside,
        "places": (cells.rows, cells.columns, channels),
        "scale": float(np.abs(inputs * weights).sum()),
    }


def _after_sum(computed, channel, sums):
    """Bias and activation behind the weighted sums of all channels."""
    layer = computed.layer
    bias = computed.weight("bias")
    scores = sums if bias is None else sums + bias
    steps = [Step("sum", float(sums[channel]))]
    if bias is not None:
        steps += [Step("bias", float(bias[channel]))]
        steps += [Step("score", float(scores[channel]))]
    activation = layer.activation
    name = activations.registry.name_of(activation) or _name_of(activation)
    if activation is None or name == "linear":
        return {"kind": "weighted sum", "steps": tuple(steps)}
    is_first = computed.data_format == "channels_first" and computed.output.ndim == 3
    if is_first and name in TOGETHER:
        return None  # it goes along an axis of the picture
    results = _activated(activation, name, scores)
    kept = {"scores": scores} if name in TOGETHER else {}
    if name == "softmax":
        steps += _softmax_steps(scores)
    steps += [Step(name, float(results[channel]))]
    return {"kind": "weighted sum", "steps": tuple(steps), **kept}


def _largest(computed, unit):
    return _pooled(computed, unit, "maximum")


def _average(computed, unit):
    return _pooled(computed, unit, "mean")


def _pooled(computed, unit, kind):
    cells = kernel_window(computed.layer, computed.x.shape, unit[:2])
    channels = np.array([unit[2]])
    inputs = cells.window(computed.x)[..., channels]
    counted = inputs[..., 0][cells.inside]
    return {
        "kind": kind,
        "steps": _reduced(counted, kind),
        "inputs": inputs,
        "inside": cells.inside,
        "places": (cells.rows, cells.columns, channels),
        "scale": float(np.abs(counted).max()),
    }


def _global_largest(computed, unit):
    return _globally(computed, unit, "maximum")


def _global_average(computed, unit):
    return _globally(computed, unit, "mean")


def _globally(computed, unit, kind):
    x = computed.x
    channels = np.array([unit[-1]])
    inputs = x[..., channels]
    return {
        "kind": kind,
        "steps": _reduced(inputs, kind),
        "inputs": inputs,
        "inside": np.ones(x.shape[:2], bool),
        "places": (np.arange(x.shape[0]), np.arange(x.shape[1]), channels),
        "scale": float(np.abs(inputs).max()),
    }


def _reduced(values, kind):
    if kind == "maximum":
        return (Step("maximum", float(values.max())),)
    return (
        Step("sum", float(values.sum())),
        Step("count", float(values.size)),
        Step("mean", float(values.mean())),
    )


# Numbers without a window.


def _dense(computed, unit):
    x, kernel = computed.x[unit[:-1]], computed.weight("kernel")
    fields = _after_sum(computed, unit[-1], x @ kernel)
    if fields is None:
        return None
    weights = kernel[:, unit[-1]]
    return fields | {
        "inputs": x,
        "weights": weights,
        "places": (np.arange(len(x)),),
        "scale": float(np.abs(x * weights).sum()),
    }


def _function(computed, unit):
    layer, x = computed.layer, computed.x
    activation = getattr(layer, "activation", None)
    name = type(layer).__name__
    if activation is not None:
        name = activations.registry.name_of(activation) or _name_of(activation)
    if isinstance(layer, layers.PReLU):
        slope = computed.weight("alpha")
        slope = float(np.broadcast_to(slope, x.shape)[unit])
        value = float(x[unit])
        result = value if value > 0 else slope * value
        steps = (Step("input", value), Step("slope", slope), Step("PReLU", result))
        return _of_one(x, unit, "function", steps)
    if name in TOGETHER:
        return _softmax_along(computed, unit, layer.activation, name)
    value = float(x[unit])
    result = float(_activated(activation or layer.call, name, np.array([value]))[0])
    steps = (Step("input", value), Step(name, result))
    return _of_one(x, unit, "function", steps)


def _softmax(computed, unit):
    if computed.layer.axis not in (-1, [-1]):
        return None
    return _softmax_along(computed, unit, activations.softmax, "softmax")


def _softmax_along(computed, unit, activation, name):
    if computed.data_format == "channels_first" and computed.x.ndim == 3:
        return None
    scores = computed.x[unit[:-1]]
    result = float(_activated(activation, name, scores)[unit[-1]])
    steps = [Step("score", float(scores[unit[-1]]))]
    steps += _softmax_steps(scores) if name == "softmax" else []
    return {
        "kind": "softmax" if name == "softmax" else "function",
        "steps": (*steps, Step(name, result)),
        "inputs": scores,
        "places": (np.arange(len(scores)),),
        "scores": scores,
    }


def _softmax_steps(scores):
    exponentials = np.exp(scores - scores.max())
    return [
        Step("largest", float(scores.max())),
        Step("total", float(exponentials.sum())),
    ]


def _of_one(x, unit, kind, steps):
    """Fields for what depends on the number in the same place only."""
    scale = max(abs(step.value) for step in steps)
    places = tuple(np.array([i]) for i in unit)
    shape = (1, 1, 1) if x.ndim == 3 else (1,)
    return {
        "kind": kind,
        "steps": tuple(steps),
        "inputs": np.full(shape, float(x[unit])),
        "inside": np.ones((1, 1), bool) if x.ndim == 3 else None,
        "places": places,
        "scale": scale,
    }


def _batch_norm(computed, unit):
    layer = computed.layer
    axis = _channels_last_axis(layer.axis, computed)
    if axis is None:
        return None
    at = unit[axis]
    mean = float(computed.weight("moving_mean")[at])
    variance = float(computed.weight("moving_variance")[at])
    return _normalized(computed, unit, mean, variance, at)


def _channels_last_axis(axis, computed):
    """An axis of the layer, with its batch axis, as one of arrays channels last."""
    ndim = computed.output.ndim + 1
    axis %= ndim
    if computed.data_format == "channels_first" and ndim == 4:
        return {1: 2, 2: 0, 3: 1}.get(axis)
    return axis - 1 if axis else None


def _layer_norm(computed, unit):
    layer, x = computed.layer, computed.x
    axes = layer.axis if isinstance(layer.axis, list) else [layer.axis]
    own = [_channels_last_axis(axis, computed) for axis in axes]
    if None in own or (len(own) > 1 and computed.data_format == "channels_first"):
        return None
    own = sorted(own)
    place = tuple(slice(None) if i in own else n for i, n in enumerate(unit))
    group = x[place]
    if isinstance(layer, layers.RMSNormalization):
        square = float(np.mean(group**2))
        scale = float(computed.weight("scale")[tuple(unit[i] for i in own)])
        value = float(x[unit])
        steps = (
            Step("input", value),
            Step("mean square", square),
            Step("epsilon", layer.epsilon),
            Step("gamma", scale),
            Step("result", value / math.sqrt(square + layer.epsilon) * scale),
        )
        return _of_one(x, unit, "normalization", steps)
    mean = 0.0 if layer.rms_scaling else float(group.mean())
    at = tuple(unit[i] for i in own)
    return _normalized(computed, unit, mean, float(group.var()), at)


def _group_norm(computed, unit):
    layer, x = computed.layer, computed.x
    axis = _channels_last_axis(layer.axis, computed)
    if axis != x.ndim - 1:
        return None
    size = x.shape[-1]
    width = size // (size if layer.groups == -1 else layer.groups)
    first = unit[-1] // width * width
    group = x[..., first : first + width]
    mean, variance = float(group.mean()), float(group.var())
    return _normalized(computed, unit, mean, variance, unit[-1])


def _normalized(computed, unit, mean, variance, at):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, line by line."""
    value, epsilon = float(computed.x[unit]), float(computed.layer.epsilon)
    gamma, beta = computed.weight("gamma"), computed.weight("beta")
    result = (value - mean) / math.sqrt(variance + epsilon)
    steps = [Step("input", value), Step("mean", mean), Step("variance", variance)]
    steps += [Step("epsilon", epsilon)]
    for name, weight in (("gamma", gamma), ("beta", beta)):
        if weight is not None:
            number = float(weight[at])
            steps.append(Step(name, number))
            result = result * number if name == "gamma" else result + number
    fields = _of_one(
        computed.x, unit, "normalization", [*steps, Step("result", result)]
    )
    spread = abs(value - mean) + abs(value) + abs(mean)
    return fields | {"scale": spread / math.sqrt(variance + epsilon) + abs(result)}


def _rescaled(computed, unit):
    layer, value = computed.layer, float(computed.x[unit])
    scale, offset = (
        float(np.broadcast_to(np.asarray(setting, float), computed.x.shape)[unit])
        for setting in (layer.scale, layer.offset)
    )
    result = value * scale + offset
    steps = (Step("input", value), Step("scale", scale), Step("offset", offset))
    return _of_one(computed.x, unit, "function", (*steps, Step("result", result)))


# Several inputs.


def _merge(name, reduce):
    def rule(computed, unit):
        terms = _terms(computed, unit)
        if terms is None:
            return None
        return {
            "kind": "elementwise",
            "steps": (*(Step("input", t) for t in terms), Step(name, reduce(terms))),
            "inputs": np.array(terms),
            "places": tuple(np.array([i]) for i in unit),
            "scale": float(np.abs(terms).sum()),
        }

    return rule


def _terms(computed, unit):
    """The numbers that come together in one place, constants among them."""
    arrays = iter(computed.inputs)
    constants = computed.constants or (None,) * len(computed.inputs)
    terms = []
    for constant in constants:
        if constant is not None:
            terms.append(float(constant))
            continue
        x = np.asarray(next(arrays), np.float64)
        if x.shape != computed.output.shape:
            try:
                x = np.broadcast_to(x, computed.output.shape)
            except ValueError:
                return None
        terms.append(float(x[unit]))
    return terms


def _subtracted(terms):
    return functools.reduce(lambda a, b: a - b, terms)


def _divided(terms):
    return functools.reduce(lambda a, b: a / b if b else math.nan, terms)


def _concatenated(computed, unit):
    layer = computed.layer
    axis = _channels_last_axis(getattr(layer, "axis", -1), computed)
    if axis is None:
        return None
    at = unit[axis]
    for number, x in enumerate(computed.inputs):
        if at < x.shape[axis]:
            place = tuple(at if i == axis else n for i, n in enumerate(unit))
            steps = (Step("part", number + 1), Step("copy", float(x[place])))
            return _copied(x, place, steps)
        at -= x.shape[axis]
    return None


# Numbers that only move.


def _kept(computed, unit):
    """The same number in the same place."""
    return _copied(computed.x, unit)


def _reshaped(computed, unit):
    """Followed in the order in which the numbers lie in memory."""
    x, layer = computed.x, computed.layer
    numbers = np.arange(x.size).reshape(x.shape)
    memory, shape = numbers, computed.output.shape
    at = unit
    if computed.data_format == "channels_first":
        if x.ndim == 3:
            memory = np.moveaxis(numbers, -1, 0)
        if len(shape) == 3:
            shape, at = (shape[2], *shape[:2]), (unit[2], *unit[:2])
    if isinstance(layer, layers.Flatten) and layer.data_format == "channels_first":
        memory = np.moveaxis(memory, 0, -1)
    number = memory.reshape(-1)[np.ravel_multi_index(at, shape)]
    return _copied(x, tuple(int(i) for i in np.unravel_index(number, x.shape)))


def _padded(computed, unit):
    (top, _), (left, _) = computed.layer.padding
    row, column = unit[0] - top, unit[1] - left
    height, width = computed.x.shape[:2]
    if 0 <= row < height and 0 <= column < width:
        return _copied(computed.x, (row, column, unit[2]))
    return {"kind": "copy", "steps": (Step("padding", 0.0),)}


def _cropped(computed, unit):
    (top, _), (left, _) = computed.layer.cropping
    return _copied(computed.x, (unit[0] + top, unit[1] + left, unit[2]))


def _upsampled(computed, unit):
    if computed.layer.interpolation != "nearest":
        return None
    high, wide = sliding_windows.upsampling(computed.layer)
    return _copied(computed.x, (unit[0] // high, unit[1] // wide, unit[2]))


def _copied(x, place, steps=None):
    value = float(x[place])
    return _of_one(x, place, "copy", steps or (Step("copy", value),))


# Activations.


def _activated(activation, name, scores):
    """The activation of all scores of one place, by hand where that is written here."""
    if name in BY_HAND:
        with np.errstate(over="ignore"):
            return BY_HAND[name](scores)
    return np.asarray(activation(jnp.asarray(scores, jnp.float32)), np.float64)


def _name_of(activation):
    if activation is None:
        return "linear"
    return getattr(activation, "__name__", None) or type(activation).__name__


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def _softmax_of(z):
    exponentials = np.exp(z - z.max())
    return exponentials / exponentials.sum()


BY_HAND: dict[str, Any] = {
    "linear": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "relu6": lambda z: np.clip(z, 0, 6),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.2 * z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "sigmoid": _sigmoid,
    "silu": lambda z: z * _sigmoid(z),
    "tanh": np.tanh,
    "softplus": lambda z: np.logaddexp(z, 0),
    "exponential": np.exp,
    "gelu": lambda z: z * (1 + np.vectorize(math.erf)(z / math.sqrt(2))) / 2,
    "softmax": _softmax_of,
}
# Activations that look at all channels of a place at once.
TOGETHER = ("softmax", "log_softmax", "sparsemax", "sparse_softmax", "glu")

ADD, SUBTRACT = _merge("add", sum), _merge("subtract", _subtracted)
MULTIPLY, DIVIDE = _merge("multiply", math.prod), _merge("divide", _divided)
AVERAGE = _merge("average", lambda terms: sum(terms) / len(terms))
MAXIMUM, MINIMUM = _merge("maximum", max), _merge("minimum", min)

RULES: list[tuple[Any, Callable[..., dict[str, Any] | None]]] = [
    (SeparableConv, _separable),
    (DepthwiseConv, _depthwise),
    ((PlainConv, ConvTranspose), _convolution),
    (MaxPooling, _largest),
    (AveragePooling, _average),
    (GlobalMaxPooling, _global_largest),
    (GlobalAveragePooling, _global_average),
    (layers.Dense, _dense),
    (layers.BatchNormalization, _batch_norm),
    ((layers.LayerNormalization, layers.RMSNormalization), _layer_norm),
    (layers.GroupNormalization, _group_norm),
    (layers.Softmax, _softmax),
    (
        (
            layers.Activation,
            layers.ReLU,
            layers.LeakyReLU,
            layers.PReLU,
            layers.ELU,
        ),
        _function,
    ),
    (layers.Rescaling, _rescaled),
    (layers.Add, ADD),
    (layers.Subtract, SUBTRACT),
    (layers.Multiply, MULTIPLY),
    (layers.Average, AVERAGE),
    (layers.Maximum, MAXIMUM),
    (layers.Minimum, MINIMUM),
    (layers.Concatenate, _concatenated),
    ((layers.Flatten, layers.Reshape), _reshaped),
    (layers.ZeroPadding2D, _padded),
    (layers.Cropping2D, _cropped),
    (layers.UpSampling2D, _upsampled),
    (
        (
            layers.Dropout,
            layers.SpatialDropout2D,
            layers.AlphaDropout,
            layers.GaussianDropout,
            layers.GaussianNoise,
            layers.ActivityRegularization,
            layers.Identity,
        ),
        _kept,
    ),
]
OPERATIONS = {
    "add": ADD,
    "subtract": SUBTRACT,
    "multiply": MULTIPLY,
    "divide": DIVIDE,
    "true_divide": DIVIDE,
    "maximum": MAXIMUM,
    "minimum": MINIMUM,
}
