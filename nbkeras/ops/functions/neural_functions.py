"""Neural network functions: activations, encodings, normalisation, crossentropies."""

import functools
import warnings
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from numpy.lib.array_utils import normalize_axis_index

from nbkeras.core import settings, sparse_arrays
from nbkeras.ops import activations, statistics
from nbkeras.ops.functions.operation_table import floating, operation

_nn = functools.partial(operation, module="nn")


def _activation(name: str, saved_as: str | None = None) -> None:
    function = activations.registry.lookup(name)

    def call(x):
        return function(x)

    call.__doc__ = function.__doc__
    _nn(rows="each", name=name, class_name=saved_as)(call)


for _name in (
    "hard_sigmoid hard_silu hard_tanh log_sigmoid relu relu6 selu sigmoid silu "
    "softplus softsign sparse_plus sparse_sigmoid tanh_shrink"
).split():
    _activation(_name)
_activation("hard_swish", "HardSilu")
_activation("swish", "Silu")


@_nn(rows="each")
def celu(x: ArrayLike, alpha: float = 1.0) -> jax.Array:
    """`x` above zero, `alpha * (exp(x / alpha) - 1)` below."""
    return activations.celu(x, alpha)


@_nn(rows="each")
def elu(x: ArrayLike, alpha: float = 1.0) -> jax.Array:
    """`x` above zero, `alpha * (exp(x) - 1)` below."""
    return activations.elu(x, alpha)


@_nn(rows="each")
def gelu(x: ArrayLike, approximate: bool = True) -> jax.Array:
    """`x` times the normal distribution function at `x`; `approximate` uses tanh."""
    return activations.gelu(x, approximate)


@_nn(rows="axis")
def glu(x: ArrayLike, axis: int = -1) -> jax.Array:
    """The first half along `axis` times the sigmoid of the second."""
    return activations.glu(x, axis)


@_nn(rows="each")
def hard_shrink(x: ArrayLike, threshold: float = 0.5) -> jax.Array:
    """`x` where `abs(x)` is above `threshold`, else 0."""
    return jnp.where(jnp.abs(x) > threshold, x, 0.0)


@_nn(rows="each")
def leaky_relu(x: ArrayLike, negative_slope: float = 0.2) -> jax.Array:
    """`x` above zero, `negative_slope * x` below."""
    return activations.leaky_relu(x, negative_slope)


@_nn(rows="axis")
def log_softmax(x: ArrayLike, axis: Any = -1) -> jax.Array:
    """The logarithm of `softmax`, without overflow."""
    return activations.log_softmax(x, axis)


@_nn(rows="each")
def soft_shrink(x: ArrayLike, threshold: float = 0.5) -> jax.Array:
    """`x` moved towards 0 by `threshold`, or 0 where `abs(x)` is at most that."""
    return jnp.where(
        x > threshold, x - threshold, jnp.where(x < -threshold, x + threshold, 0.0)
    )


@_nn(rows="axis")
def softmax(x: ArrayLike, axis: Any = -1) -> jax.Array:
    """Positive values that sum to 1 along `axis`, one axis or several."""
    return jax.nn.softmax(x, axis)


@_nn(rows="axis")
def sparsemax(x: ArrayLike, axis: int = -1) -> jax.Array:
    """Projection onto the probability simplex: values sum to 1, many are 0."""
    return activations.sparsemax(x, axis)


@_nn(rows="each")
def squareplus(x: ArrayLike, b: float = 4) -> jax.Array:
    """`(x + sqrt(x**2 + b)) / 2`, a smooth `relu`."""
    return jax.nn.squareplus(x, b)


@_nn(rows="each")
def threshold(x: ArrayLike, threshold: float, default_value: float) -> jax.Array:
    """`x` above `threshold`, else `default_value`."""
    return jnp.where(x > threshold, x, default_value)


@_nn(rows="axis")
def one_hot(
    x: ArrayLike,
    num_classes: int,
    axis: int = -1,
    dtype: Any = None,
    sparse: bool = False,
) -> jax.Array:
    """One-hot encoding along a new axis.

    With `sparse=True` the result for arrays is sparse (BCOO), as in Keras; within
    models and JAX transformations it is dense.
    """
    whole = x if jnp.issubdtype(x.dtype, jnp.integer) else x.astype("int32")
    rows = jax.nn.one_hot(
        whole, num_classes, axis=axis, dtype=dtype or settings.floatx()
    )
    return sparse_arrays.sparsified(rows) if sparse else rows


@_nn("inputs")
def multi_hot(
    inputs: ArrayLike,
    num_classes: int | None = None,
    axis: int = -1,
    dtype: Any = None,
    sparse: bool = False,
    **kwargs: Any,
) -> jax.Array:
    """Multi-hot encoding of each row: (batch, n) -> (batch, classes).

    With `sparse=True` the result is as that of `one_hot`.

    Raises:
        ValueError: `num_classes` is missing.
    """
    num_classes = kwargs.get("num_tokens", num_classes)
    if num_classes is None:
        raise ValueError(
            "ops.multi_hot: num_classes is missing. Write for example "
            "ops.multi_hot(x, num_classes=10)."
        )
    hot = jax.nn.one_hot(
        inputs.astype("int32"), num_classes, axis=axis, dtype=dtype or settings.floatx()
    )
    rows = jnp.max(hot, axis=1 if inputs.ndim > 1 else 0)
    return sparse_arrays.sparsified(rows) if sparse else rows


@_nn(rows="axis")
def normalize(
    x: ArrayLike, axis: Any = -1, order: int = 2, epsilon: float | None = None
) -> jax.Array:
    """`x` divided by its `order`-norm along `axis`, or by `epsilon` if that is larger.

    Raises:
        ValueError: `order` is not a positive integer.
    """
    if not isinstance(order, int) or order < 1:
        raise ValueError(
            f"ops.normalize(order={order!r}): order must be a positive integer. Write "
            "for example order=2."
        )
    epsilon = settings.epsilon() if epsilon is None else epsilon
    x = floating(x[None] if x.ndim == 0 else x)
    if order == 2:
        squares = jnp.sum(jnp.square(x), axis, keepdims=True)
        return x * jnp.minimum(jax.lax.rsqrt(squares), 1 / epsilon)
    length = jnp.linalg.norm(x, order, axis, keepdims=True)
    return x / jnp.maximum(length, epsilon)


@_nn()
def moments(
    x: ArrayLike, axes: Any, keepdims: bool = False, synchronized: bool = False
) -> tuple[jax.Array, jax.Array]:
    """(mean, biased variance) over `axes`; half precision accumulates in float32.

    Raises:
        NotImplementedError: `synchronized` is set; with a mesh, sums cover all devices.
    """
    if synchronized:
        raise NotImplementedError(
            "ops.moments(synchronized=True): batches distributed over a mesh are "
            "already averaged as a whole. Leave `synchronized` out."
        )
    axes = tuple(axes) if isinstance(axes, list) else axes
    wide = statistics.at_least_float32(x)
    mean_and_variance = (
        jnp.mean(wide, axes, keepdims=keepdims),
        jnp.var(wide, axes, keepdims=keepdims),
    )
    if wide.dtype == x.dtype:
        return mean_and_variance
    limit = jnp.finfo(jnp.float16)
    mean, variance = (
        jnp.clip(y, limit.min, limit.max).astype(x.dtype) for y in mean_and_variance
    )
    return mean, variance


@_nn("x mean variance offset scale", class_name="BatchNorm")
def batch_normalization(
    x: ArrayLike,
    mean: ArrayLike,
    variance: ArrayLike,
    axis: int,
    offset: ArrayLike | None = None,
    scale: ArrayLike | None = None,
    epsilon: float = 1e-3,
) -> jax.Array:
    """`scale * (x - mean) / sqrt(variance + epsilon) + offset` along one axis.

    Args:
        x: any floating array.
        mean: (n,), where n is the size of `axis`.
        variance: (n,).
        axis: the axis of the features.
        offset: (n,) or None for 0.
        scale: (n,) or None for 1.
        epsilon: added to the variance to avoid division by zero.
    """
    size = x.shape[axis]
    vectors = {"mean": mean, "variance": variance, "offset": offset, "scale": scale}
    for name, vector in vectors.items():
        if vector is not None and vector.shape != (size,):
            raise ValueError(
                f"ops.batch_normalization: {name} has shape {vector.shape} and must be "
                f"({size},), one number for each place of axis {axis} of an array of "
                f"shape {x.shape}. Write for example axis=1 if the channels are second."
            )
    shape = [1] * x.ndim
    shape[axis] = size
    factor = jax.lax.rsqrt(variance + epsilon)
    factor = factor if scale is None else factor * scale
    shift = -mean * factor
    shift = shift if offset is None else shift + offset
    return x * factor.reshape(shape) + shift.reshape(shape)


@_nn("x gamma beta", class_name="LayerNorm")
def layer_normalization(
    x: ArrayLike,
    gamma: ArrayLike | None = None,
    beta: ArrayLike | None = None,
    axis: int | Sequence[int] = -1,
    epsilon: float | None = None,
    **kwargs: Any,
) -> jax.Array:
    """Normalize to mean 0 and variance 1 over `axis`, then apply `gamma * x + beta`.

    Source: Ba, Kiros, Hinton, "Layer normalization", arXiv:1607.06450 (2016).
    """
    wide = statistics.at_least_float32(x)
    axes = sorted((axis,) if isinstance(axis, int) else axis)
    shape = [1] * x.ndim
    for reduced_axis in axes:
        shape[reduced_axis] = x.shape[reduced_axis]

    def fitted(v):
        last = axes in ([-1], [x.ndim - 1])
        return v if v is None or v.ndim == x.ndim or last else v.reshape(shape)

    mean, variance = statistics.moments(wide, tuple(axes))
    epsilon = settings.epsilon() if epsilon is None else epsilon
    factor = jax.lax.rsqrt(variance + epsilon)
    gamma, beta = fitted(gamma), fitted(beta)
    factor = factor if gamma is None else factor * gamma
    if kwargs.get("rms_scaling"):
        warnings.warn(
            "You passed `rms_scaling=True`, which is deprecated: it divides by the "
            "standard deviation. Write ops.rms_normalization(x, gamma).",
            UserWarning,
            stacklevel=4,
        )
        return (wide * factor).astype(x.dtype)
    shift = -mean * factor if beta is None else beta - mean * factor
    return (wide * factor + shift).astype(x.dtype)


@_nn("x scale", class_name="RMSNorm")
def rms_normalization(
    x: ArrayLike,
    scale: ArrayLike | None = None,
    axis: Any = -1,
    epsilon: float | None = None,
) -> jax.Array:
    """`scale * x` divided by the root mean square of `x` along `axis`.

    Source: Zhang and Sennrich, "Root mean square layer normalization", NeurIPS (2019).
    """
    wide = statistics.at_least_float32(x)
    wide = wide[None] if wide.ndim == 0 else wide
    epsilon = settings.epsilon() if epsilon is None else epsilon
    square = jnp.mean(jnp.square(wide), axis, keepdims=True)
    y = wide * jax.lax.rsqrt(square + epsilon)
    return (y if scale is None else y * scale).astype(x.dtype)


def _same_shape(name: str, target: jax.Array, output: jax.Array) -> None:
    if target.shape != output.shape or output.ndim < (name[0] != "b"):
        raise ValueError(
            f"ops.{name}: target and output have the shapes {target.shape} and "
            f"{output.shape}, which must be equal and of at least one axis. For "
            "class numbers write ops.sparse_categorical_crossentropy(target, output)."
        )


@_nn("target output")
def binary_crossentropy(
    target: ArrayLike, output: ArrayLike, from_logits: bool = False
) -> jax.Array:
    """`-target * log(output) - (1 - target) * log(1 - output)`, elementwise."""
    _same_shape("binary_crossentropy", target, output)
    if from_logits:
        yes, no = jax.nn.log_sigmoid(output), jax.nn.log_sigmoid(-output)
    else:
        output = _within(output)
        yes, no = jnp.log(output), jnp.log(1.0 - output)
    return -1.0 * target * yes - (1.0 - target) * no


def _within(probabilities: jax.Array) -> jax.Array:
    epsilon = settings.epsilon()
    return jnp.clip(probabilities, epsilon, 1.0 - epsilon)


def _log_probabilities(output: jax.Array, from_logits: bool, axis: int) -> jax.Array:
    if from_logits:
        return jax.nn.log_softmax(output, axis)
    return jnp.log(_within(output / jnp.sum(output, axis, keepdims=True)))


@_nn("target output")
def categorical_crossentropy(
    target: ArrayLike, output: ArrayLike, from_logits: bool = False, axis: int = -1
) -> jax.Array:
    """`-sum(target * log(output))` along `axis`; the output is normalised to sum 1."""
    _same_shape("categorical_crossentropy", target, output)
    return -jnp.sum(target * _log_probabilities(output, from_logits, axis), axis)


@_nn("target output")
def sparse_categorical_crossentropy(
    target: ArrayLike, output: ArrayLike, from_logits: bool = False, axis: int = -1
) -> jax.Array:
    """`categorical_crossentropy` for targets that are class numbers.

    Raises:
        ValueError: the target's shape is not that of the output without `axis`.
    """
    target = target.astype("int32")
    if target.ndim == output.ndim and target.shape[-1:] == (1,):
        target = jnp.squeeze(target, -1)
    rows = list(output.shape)
    if rows:
        del rows[normalize_axis_index(axis, output.ndim)]
    if output.ndim < 1 or target.shape != tuple(rows):
        raise ValueError(
            f"ops.sparse_categorical_crossentropy: class numbers of shape "
            f"{target.shape} do not fit outputs of shape {output.shape}; all axes but "
            f"that of the classes, {axis}, must be equal. For one-hot targets write "
            "ops.categorical_crossentropy(target, output)."
        )
    hot = jax.nn.one_hot(target, output.shape[axis], axis=axis, dtype=output.dtype)
    return -jnp.sum(hot * _log_probabilities(output, from_logits, axis), axis)


@_nn("x1 x2", class_name="PSNR")
def psnr(x1: ArrayLike, x2: ArrayLike, max_val: float) -> jax.Array:
    """Peak signal-to-noise ratio (PSNR) of two images, in decibels.

    Raises:
        ValueError: the images have different shapes.
    """
    if x1.shape != x2.shape:
        raise ValueError(
            f"ops.psnr: the shapes {x1.shape} and {x2.shape} must be equal. Resize one "
            "of the images first: ops.image.resize(x1, size)."
        )
    error = jnp.mean(jnp.square(x1 - x2))
    return 20 * jnp.log10(jnp.asarray(max_val, x2.dtype)) - 10 * jnp.log10(error)


@_nn("query key value bias mask ?scale")
def dot_product_attention(
    query: ArrayLike,
    key: ArrayLike,
    value: ArrayLike,
    bias: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> jax.Array:
    """Scaled dot-product attention: weighted means of `value`.

    Args:
        query: (batch, queries, heads, width).
        key: (batch, places, key heads, width); heads is a multiple of key heads.
        value: (batch, places, key heads, width).
        bias: added to the products, broadcasts to (batch, heads, queries, places).
        mask: False for positions to ignore; broadcasts likewise.
        scale: factor of the products; 1 / sqrt(width) for None.
        is_causal: queries do not attend to later positions.
        flash_attention: True requests the fused kernel of the device; None chooses.
        attn_logits_soft_cap: accepted as in Keras, where only TPUs use it.

    Raises:
        ValueError: an array does not have four axes.

    Source: Vaswani et al., "Attention is all you need", NeurIPS (2017).
    """
    shapes = [x.shape for x in (query, key, value)]
    if any(len(shape) != 4 for shape in shapes):
        raise ValueError(
            "ops.dot_product_attention: query, key and value have the shapes "
            f"{', '.join(map(str, shapes))} and need four axes, (batch, places, heads, "
            "width). Write for example x[:, :, None] for a single head."
        )
    dtype = jnp.result_type(query, key, value)
    return jax.nn.dot_product_attention(
        *(x.astype(dtype) for x in (query, key, value)),
        bias=None if bias is None else bias.astype(dtype),
        mask=None if mask is None else mask.astype(bool),
        scale=scale,
        is_causal=is_causal,
        implementation="cudnn" if flash_attention else None,
    )
