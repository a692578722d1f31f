"""`tf.nn`: activations, convolutions, pooling and losses on arrays."""

import functools
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras import ops
from nbkeras import random as nbkeras_random
from nbkeras.compat.tensorflow import math
from nbkeras.core.gradients import recording
from nbkeras.core.gradients.compiled_calls import CompiledCalls
from nbkeras.core.names import tensorflow_names as absent
from nbkeras.layers.engine.nodes.symbolic import is_symbolic

relu = ops.relu
relu6 = ops.relu6
selu = ops.selu
elu = ops.elu
silu = swish = ops.silu
sigmoid = math.FUNCTIONS["sigmoid"]
tanh = math.FUNCTIONS["tanh"]
softplus = math.FUNCTIONS["softplus"]
softsign = ops.softsign
l2_normalize, top_k, in_top_k = math.l2_normalize, math.top_k, math.in_top_k
zero_fraction = math.zero_fraction


def gelu(features: Any, approximate: bool = False, name: Any = None) -> Any:
    """GELU; exact by default."""
    return ops.gelu(features, approximate)


def leaky_relu(features: Any, alpha: float = 0.2, name: Any = None) -> Any:
    """Leaky ReLU: `features` where positive, `alpha * features` elsewhere."""
    return ops.leaky_relu(features, alpha)


def softmax(logits: Any, axis: int | None = None, name: Any = None) -> Any:
    """Softmax along an axis, the last one by default."""
    return ops.softmax(math._value(logits), -1 if axis is None else axis)


def log_softmax(logits: Any, axis: int | None = None, name: Any = None) -> Any:
    """Log-softmax along an axis, the last one by default."""
    return ops.log_softmax(math._value(logits), -1 if axis is None else axis)


def dropout(
    x: Any,
    rate: float,
    noise_shape: Any = None,
    seed: int | None = None,
    name: Any = None,
) -> Any:
    """Zero a fraction `rate` of the values and scale the rest by 1 / (1 - rate)."""
    return nbkeras_random.dropout(x, rate, noise_shape, seed)


def bias_add(value: Any, bias: Any, data_format: Any = None, name: Any = None) -> Any:
    """Add a bias to each channel."""
    if _channels_first(data_format):
        bias = ops.reshape(bias, (-1, *[1] * (np.ndim(value) - 2)))
    return ops.add(value, bias)


def _channels_first(data_format):
    return bool(data_format) and str(data_format).startswith("NC")


def _format(data_format):
    return "channels_first" if _channels_first(data_format) else "channels_last"


def _spatial(sizes, data_format):
    """Spatial entries of an argument such as strides=[1, 2, 2, 1]."""
    if np.ndim(sizes) == 0:
        return int(sizes)
    sizes = [int(size) for size in sizes]
    if len(sizes) < 3:
        return tuple(sizes) if len(sizes) > 1 else sizes[0]
    return tuple(sizes[2:] if _channels_first(data_format) else sizes[1:-1])


def _convolution(convolve, input, filters, strides, padding, data_format, dilations):
    return convolve(
        input,
        filters,
        _spatial(strides, data_format),
        padding.lower(),
        _format(data_format),
        _spatial(1 if dilations is None else dilations, data_format),
    )


def _pooling(pool, input, ksize, strides, padding, data_format):
    window, step = (_spatial(sizes, data_format) for sizes in (ksize, strides))
    return pool(input, window, step, padding.lower(), _format(data_format))


def conv2d(
    input: Any,
    filters: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    dilations: Any = None,
    name: Any = None,
) -> Any:
    """Convolution: filters (height, width, channels in, channels out)."""
    return _convolution(
        ops.conv, input, filters, strides, padding, data_format, dilations
    )


conv1d = conv2d


def conv2d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str = "NHWC",
    dilations: Any = None,
    name: Any = None,
) -> Any:
    """Transposed convolution: filters (height, width, channels out, channels in).

    Raises:
        ValueError: the result does not have the shape `output_shape`.
    """
    result = ops.conv_transpose(
        input,
        filters,
        _spatial(strides, data_format),
        padding.lower(),
        None,
        _format(data_format),
    )
    sizes = tuple(int(size) for size in np.asarray(output_shape))
    if sizes != tuple(result.shape):
        raise ValueError(
            f"tf.nn.conv2d_transpose(output_shape={sizes}): the result has shape "
            f"{tuple(result.shape)}. Give that shape, or write keras.ops."
            "conv_transpose(..., output_padding=...)."
        )
    return result


def depthwise_conv2d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    dilations: Any = None,
    name: Any = None,
) -> Any:
    """Depthwise convolution: filter (height, width, channels, multiplier)."""
    return _convolution(
        ops.depthwise_conv, input, filter, strides, padding, data_format, dilations
    )


def max_pool2d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    name: Any = None,
) -> Any:
    """Max pooling: the maximum of each window."""
    return _pooling(ops.max_pool, input, ksize, strides, padding, data_format)


def avg_pool2d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    name: Any = None,
) -> Any:
    """Average pooling: the mean of each window."""
    return _pooling(ops.average_pool, input, ksize, strides, padding, data_format)


max_pool, avg_pool = max_pool2d, avg_pool2d


def moments(
    x: Any,
    axes: Sequence[int],
    shift: Any = None,
    keepdims: bool = False,
    name: Any = None,
) -> Any:
    """(mean, variance) over the axes."""
    return ops.moments(x, tuple(axes), keepdims)


def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    offset: Any,
    scale: Any,
    variance_epsilon: float,
    name: Any = None,
) -> Any:
    """Normalize: `(x - mean) / sqrt(variance + epsilon) * scale + offset`."""
    factor = ops.rsqrt(ops.add(variance, variance_epsilon))
    factor = factor if scale is None else ops.multiply(factor, scale)
    y = ops.multiply(ops.subtract(x, mean), factor)
    return y if offset is None else ops.add(y, offset)


def _one_operation(function: Any) -> Any:
    """Decorator: a function of arrays that a GradientTape records as one operation.

    Each operation of a tape is compiled for each new shape.
    """
    compiled = CompiledCalls()

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        leaves = jax.tree.leaves((args, kwargs))
        for leaf in leaves:
            if is_symbolic(leaf):
                return leaf.symbolic_apply(function, args, kwargs)
        if recording.needed(leaves):
            return recording.record(function, args, kwargs, compiled)
        return function(*args, **kwargs)

    return call


@_one_operation
def softmax_cross_entropy_with_logits(
    labels: Any, logits: Any, axis: int = -1, name: Any = None
) -> Any:
    """Crossentropy of each row; `labels` are probabilities."""
    logits = jnp.asarray(logits)
    labels = jnp.asarray(labels).astype(logits.dtype)
    return -jnp.sum(labels * jax.nn.log_softmax(logits, axis), axis)


@_one_operation
def sparse_softmax_cross_entropy_with_logits(
    labels: Any, logits: Any, name: Any = None
) -> Any:
    """Crossentropy of each row; `labels` are class indices."""
    logits = jnp.asarray(logits)
    one_hot = jax.nn.one_hot(jnp.asarray(labels), logits.shape[-1], dtype=logits.dtype)
    return -jnp.sum(one_hot * jax.nn.log_softmax(logits), -1)


@_one_operation
def sigmoid_cross_entropy_with_logits(
    labels: Any = None, logits: Any = None, name: Any = None
) -> Any:
    """Binary crossentropy of each value; `labels` are probabilities."""
    logits = jnp.asarray(logits)
    labels = jnp.asarray(labels).astype(logits.dtype)
    positive, tail = _logistic_parts(logits)
    return positive - logits * labels + tail


@_one_operation
def weighted_cross_entropy_with_logits(
    labels: Any = None, logits: Any = None, pos_weight: Any = None, name: Any = None
) -> Any:
    """Binary crossentropy of each value; positive labels count `pos_weight` times."""
    logits = jnp.asarray(logits)
    labels = jnp.asarray(labels).astype(logits.dtype)
    positive, tail = _logistic_parts(-logits)
    weight = 1 + (pos_weight - 1) * labels
    return (1 - labels) * logits + weight * (positive + tail)


def _logistic_parts(logits):
    """(max(logits, 0), log(1 + exp(-|logits|))), with exact gradients at zero."""
    is_positive = logits >= 0
    negative = jnp.where(is_positive, -logits, logits)
    return jnp.where(is_positive, logits, 0), jnp.log1p(jnp.exp(negative))


def l2_loss(t: Any, name: Any = None) -> Any:
    """Half the sum of the squares."""
    return ops.divide(ops.sum(ops.square(t)), 2)


def embedding_lookup(
    params: Any, ids: Any, max_norm: Any = None, name: Any = None
) -> Any:
    """The rows of `params` at `ids`."""
    return ops.take(params, ids, 0)


def depth_to_space(
    input: Any, block_size: int, data_format: str = "NHWC", name: Any = None
) -> Any:
    """Rearrange channels into spatial blocks."""
    return ops.depth_to_space(input, block_size, _format(data_format))


def space_to_depth(
    input: Any, block_size: int, data_format: str = "NHWC", name: Any = None
) -> Any:
    """Rearrange spatial blocks into channels."""
    return ops.space_to_depth(input, block_size, _format(data_format))


def __getattr__(name):
    raise AttributeError(absent.message(f"nn.{name}"))
