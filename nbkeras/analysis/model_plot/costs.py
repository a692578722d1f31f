"""Costs of a layer for one sample: multiply-adds, operations, memory.

The counts for one forward pass are:
- multiply-adds of convolutions and matrix products, at every position of the window,
  including padding;
- operations: two per multiply-add, one per added bias, one per value of an activation,
merge or noise layer, two per value of a batch normalization in inference (scale and
shift), one less than the window size per value of a pooling;
- other layers are traced on abstract shapes, and their products and arithmetic are
counted, one operation per value of a result.
"""

import math

import jax
import numpy as np

from nbkeras import layers
from nbkeras.analysis.model_plot import sliding_windows
from nbkeras.layers.attention.projected import ProjectedAttention
from nbkeras.layers.input import InputLayer
from nbkeras.layers.merging.base import Merge
from nbkeras.layers.recurrent.cell_base import Cell
from nbkeras.layers.recurrent.conv_lstm_cell import ConvLSTMCell

FREE = (
    InputLayer,
    layers.Flatten,
    layers.Reshape,
    layers.Permute,
    layers.RepeatVector,
    layers.Embedding,
    layers.Concatenate,
    layers.Masking,
    layers.ActivityRegularization,
)
# Layers that only rearrange their input, so that no new array is stored.
RESHAPING = (InputLayer, layers.Flatten, layers.Reshape)


def of_layer(layer, inputs, output):
    """(multiply-adds, operations) for one sample; None if sizes are unknown.

    Args:
        layer: a built layer.
        inputs: shapes of the inputs with the batch axis.
        output: shape of the output.
    """
    if not _known(*inputs, output):
        return None, None
    values = math.prod(output[1:])
    products = multiply_adds(layer, inputs, output)
    if isinstance(layer, layers.RNN | layers.Bidirectional):
        traced = count_by_tracing(layer, inputs[:1])
        if products is None or traced[1] is None:
            return traced
        return products, traced[1] + 2 * (products - traced[0])
    if products is not None:
        extra = values if getattr(layer, "use_bias", False) else 0
        extra += values if _activates(layer) else 0
        return products, 2 * products + extra
    if isinstance(layer, FREE):
        return 0, 0
    if isinstance(layer, Merge) and not isinstance(layer, layers.Dot):
        return 0, (len(inputs) - 1) * values
    if isinstance(layer, sliding_windows.BasePooling):
        return 0, values * (math.prod(layer.pool_size) - 1)
    if isinstance(layer, sliding_windows.GlobalPooling):
        return 0, math.prod(inputs[0][1:]) - values
    if isinstance(layer, layers.BatchNormalization):
        return 0, 2 * values
    if isinstance(layer, layers.Activation | layers.Dropout | layers.ReLU):
        return 0, values
    return count_by_tracing(layer, inputs)


def _arguments(layer, arrays):
    """The arguments of a call of `layer` on `arrays`, without masks."""
    if not isinstance(layer, Merge):
        arrays = [array for array in arrays if array.ndim == arrays[0].ndim]
    if not isinstance(layer, ProjectedAttention):
        return arrays if len(arrays) == 1 else [arrays]
    value = arrays[1] if len(arrays) > 1 else arrays[0]
    own_key = layer.key_width() != value.shape[-1]
    return [arrays[0], value, *(arrays[2:3] if own_key else [])]


def multiply_adds(layer, inputs, output):
    """Multiply-adds of a convolution, Dense or recurrent layer per sample, or None."""
    shape = inputs[0]
    if isinstance(layer, layers.RNN | layers.Bidirectional):
        return _of_recurrent(layer, shape)
    if isinstance(layer, layers.Dense):
        return math.prod(output[1:]) * shape[-1]
    if not isinstance(layer, sliding_windows.BaseConv):
        return None
    taps = math.prod(layer.kernel_size)
    channels_in = sliding_windows.channels(layer, shape)
    positions = math.prod(sliding_windows.places(layer, output))
    if isinstance(layer, sliding_windows.ConvTranspose):
        return (
            math.prod(sliding_windows.places(layer, shape))
            * taps
            * channels_in
            * layer.filters
        )
    if isinstance(layer, sliding_windows.DepthwiseConv):
        return positions * taps * sliding_windows.channels(layer, output)
    if isinstance(layer, sliding_windows.SeparableConv):
        channels_between = channels_in * layer.depth_multiplier
        return positions * channels_between * (taps + layer.filters)
    return positions * taps * (channels_in // layer.groups) * layer.filters


def _of_recurrent(layer, shape):
    """The multiply-adds of a recurrent layer: in each step every weight is used."""
    if isinstance(layer, layers.Bidirectional):
        both = (layer.forward_layer, layer.backward_layer)
        costs = [_of_recurrent(part, shape) for part in both]
        return None if None in costs else sum(costs)
    cell = layer.cell
    cells = cell.cells if isinstance(cell, layers.StackedRNNCells) else [cell]
    if not all(isinstance(part, Cell) for part in cells):
        return None
    places = 1
    if isinstance(cell, ConvLSTMCell):
        state = cell.states_for((1, *shape[2:]))[0]
        places = state.size // cell.filters
    kernels = (w for part in cells for w in (part.kernel, part.recurrent_kernel))
    return shape[1] * places * sum(weight.size for weight in kernels)


def output_bytes(layer, outputs, dtypes):
    """Bytes of the output for one sample; None if sizes are unknown."""
    if isinstance(layer, RESHAPING):
        return 0
    if not _known(*outputs):
        return None
    return sum(
        math.prod(shape[1:]) * np.dtype(jax.numpy.dtype(dtype)).itemsize
        for shape, dtype in zip(outputs, dtypes, strict=True)
    )


def count_by_tracing(layer, inputs):
    """(multiply-adds, operations) of any layer for one sample, from an abstract trace.

    (None, None) for a layer that cannot be traced.
    """
    specs = [jax.ShapeDtypeStruct((1, *shape[1:]), "float32") for shape in inputs]

    def run(*arrays):
        results = layer.stateless_call(
            [jax.numpy.zeros(w.shape, w.dtype) for w in layer.trainable_variables],
            [jax.numpy.zeros(w.shape, w.dtype) for w in layer.non_trainable_variables],
            *_arguments(layer, arrays),
        )
        return results[0]

    try:
        traced = jax.make_jaxpr(run)(*specs)
    except Exception:  # a custom layer may raise anything
        return None, None
    return _of_jaxpr(traced.jaxpr)


def _of_jaxpr(jaxpr):
    products = others = 0
    for equation in jaxpr.eqns:
        values = sum(math.prod(v.aval.shape) for v in equation.outvars)
        name = equation.primitive.name
        if name == "dot_general":
            (axes, _), _ = equation.params["dimension_numbers"]
            shape = equation.invars[0].aval.shape
            products += values * math.prod(shape[axis] for axis in axes)
        elif name == "conv_general_dilated":
            kernel = equation.invars[1].aval.shape
            out_axis = equation.params["dimension_numbers"].rhs_spec[0]
            products += values * math.prod(kernel) // kernel[out_axis]
        elif inner := _inner(equation):
            inner_products, inner_operations = _of_jaxpr(inner)
            times = equation.params.get("length", 1) if name == "scan" else 1
            products, others = (
                products + times * inner_products,
                others + times * (inner_operations - 2 * inner_products),
            )
        elif name in ARITHMETIC or name.startswith("reduce_"):
            others += max(values, _size(equation.invars) if "reduce" in name else 0)
    return products, 2 * products + others


def _inner(equation):
    for key in ("jaxpr", "call_jaxpr", "fun_jaxpr"):
        jaxpr = equation.params.get(key)
        if jaxpr is not None:
            return getattr(jaxpr, "jaxpr", jaxpr)
    return None


def _size(variables):
    return max(math.prod(v.aval.shape) for v in variables)


ARITHMETIC = frozenset(
    "add sub mul div max min pow integer_pow exp log log1p expm1 tanh logistic erf "
    "sqrt rsqrt square neg abs sign floor ceil round select_n cos sin add_any".split()
)


def _activates(layer):
    activation = getattr(layer, "activation", None)
    return activation is not None and activation.__name__ != "linear"


def _known(*shapes):
    return all(size is not None for shape in shapes for size in shape[1:])


__all__ = ["count_by_tracing", "multiply_adds", "of_layer", "output_bytes"]
