"""Means, variances, and normalisation."""

import functools
import math

import jax
import jax.numpy as jnp

from nbkeras.core import settings
from nbkeras.ops.functions.operation_table import floating
from nbkeras.ops.kernels import lowering
from nbkeras.ops.kernels.channels import channel_sums, row_sums, spread


def at_least_float32(x):
    """`x` in float32 if it has half precision, which is too coarse for sums."""
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def moments(x, axes):
    """Mean and biased variance over `axes`, which are kept with size 1."""
    return jnp.mean(x, axes, keepdims=True), jnp.var(x, axes, keepdims=True)


def counted_moments(x, counted, axes, epsilon=0.0):
    """Mean and biased variance of the positions where `counted` is true.

    Args:
        x: floating array.
        counted: bool, broadcasts to `x`.
        axes: axes to reduce, kept with size 1.
        epsilon: added to the number of positions.
    """
    counted = jnp.broadcast_to(counted, x.shape)
    number = jnp.sum(counted, axes, keepdims=True, dtype=x.dtype) + epsilon
    if not epsilon:
        number = jnp.maximum(number, 1)
    mean = jnp.sum(jnp.where(counted, x, 0), axes, keepdims=True) / number
    square = jnp.square(jnp.where(counted, x - mean, 0))
    return mean, jnp.sum(square, axes, keepdims=True) / number


def channel_moments(x, row_weights):
    """Mean and biased variance, (channels,), of the rows with weight 1, not 0.

    Args:
        x: (rows, ..., channels), floating.
        row_weights: (rows,), 0 or 1; None for all rows.
    """
    positions = math.prod(x.shape[1:-1])
    rows = x.shape[0] if row_weights is None else jnp.sum(row_weights)
    number = jnp.maximum(rows * positions, 1)
    mean = channel_sums(x, row_weights) / number
    # The deviations sum to zero, so that the mean in them has no gradient.
    centre = jax.lax.stop_gradient(mean)
    return mean, channel_sums(jnp.square(x - centre), row_weights) / number


def normalise_channels(x, mean, variance, scale=None, shift=None, epsilon=1e-3):
    """As `normalise`, for (channels,) values of the last axis of `x`."""
    inverse = jax.lax.rsqrt(variance + epsilon)
    if scale is not None:
        inverse = inverse * scale
    rest = -mean * inverse
    return x * spread(inverse, x) + spread(rest if shift is None else rest + shift, x)


def normalise(x, mean, variance, scale=None, shift=None, epsilon=1e-3):
    """`scale * (x - mean) / sqrt(variance + epsilon) + shift`, all broadcast to `x`."""
    inverse = jax.lax.rsqrt(variance + epsilon)
    if scale is not None:
        inverse = inverse * scale
    rest = -mean * inverse
    return x * inverse + (rest if shift is None else rest + shift)


def normalise_rows(x, scale=None, shift=None, epsilon=1e-3) -> jax.Array:
    """`x` with mean 0 and variance 1 along the last axis, scaled and shifted.

    Args:
        x: (..., channels), floating.
        scale, shift: (channels,); None for 1 and 0.
        epsilon: added to the variance.
    """
    shape = (x.shape[-1],)
    scale = jnp.ones(shape, x.dtype) if scale is None else scale.reshape(shape)
    shift = jnp.zeros(shape, x.dtype) if shift is None else shift.reshape(shape)
    if lowering.writes_gradients() and scale.dtype == shift.dtype == x.dtype:
        return _normalised_rows(x, scale, shift, epsilon)
    centred, inverse = _centred_rows(x, epsilon)
    return centred * inverse * scale + shift


def _centred_rows(x, epsilon):
    """(`x` minus the mean of each row, the inverse of its standard deviation)."""
    centred = x - row_sums(x) / x.shape[-1]
    variance = row_sums(jnp.square(centred)) / x.shape[-1]
    return centred, jax.lax.rsqrt(variance + epsilon)


@functools.partial(jax.custom_vjp, nondiff_argnums=(3,))
def _normalised_rows(x, scale, shift, epsilon):
    return _normalised_rows_forward(x, scale, shift, epsilon)[0]


def _normalised_rows_forward(x, scale, shift, epsilon):
    centred, inverse = _centred_rows(x, epsilon)
    unit = centred * inverse
    return unit * scale + shift, (unit, inverse, scale)


def _normalised_rows_backward(_, saved, g):
    unit, inverse, scale = saved
    of_scale, of_shift, of_unit = channel_sums(g * unit), channel_sums(g), g * scale
    mean = row_sums(of_unit) / unit.shape[-1]
    along_unit = row_sums(of_unit * unit) / unit.shape[-1]
    return inverse * (of_unit - mean - unit * along_unit), of_scale, of_shift


_normalised_rows.defvjp(_normalised_rows_forward, _normalised_rows_backward)


def along(values, axes, ndim):
    """`values`, with one axis for each of `axes`, reshaped to broadcast to `ndim`."""
    axes = sorted(axis % ndim for axis in axes)
    shape = [1] * ndim
    for axis, size in zip(axes, values.shape, strict=True):
        shape[axis] = size
    return values.reshape(shape)


def to_unit_length(x, axis, epsilon):
    """`x` divided by its norm along `axis`, or by `epsilon` where that is larger."""
    x = floating(x)
    squares = jnp.sum(jnp.square(x), axis=axis, keepdims=True)
    return x * jnp.minimum(jax.lax.rsqrt(squares), 1.0 / epsilon)


def divide_by_root_mean_square(x, axis, epsilon):
    """`x / sqrt(mean(x^2) + epsilon)` along `axis`."""
    return x * jax.lax.rsqrt(jnp.mean(jnp.square(x), axis, keepdims=True) + epsilon)


def greatest_singular_value(matrix, u, iterations):
    """(largest singular value, updated u) by power iteration.

    Args:
        matrix: (rows, columns).
        u: (1, columns), current estimate of the right singular vector.
        iterations: number of steps.

    Source: Miyato et al., "Spectral normalization", ICLR (2018), algorithm 1.
    """
    for _ in range(iterations):
        v = to_unit_length(u @ matrix.T, None, settings.epsilon())
        u = to_unit_length(v @ matrix, None, settings.epsilon())
    u, v = jax.lax.stop_gradient(u), jax.lax.stop_gradient(v)
    return v @ matrix @ u.T, u
