"""Pooling over one to three spatial axes, channels last or first."""

import functools
import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from nbkeras.ops.kernels import lowering
from nbkeras.ops.kernels.convolution import paddings, spatial_axes


def max_pool(x, window, strides=None, padding="valid", data_format="channels_last"):
    """Max pooling; padding is never the maximum.

    Among equal values, the first gets the whole gradient. On CPU the gradient uses a
    saved index instead of XLA's scatter.

    Args:
        x: (batch, *spatial, channels), or channels second.
        window: sizes, one per spatial axis.
        strides: steps, one per spatial axis; None for `window`.
        padding: "valid" or "same".
        data_format: where the channels stand.
    """
    window, strides, pads = _everywhere(x, window, strides, padding, data_format)
    indexed = math.prod(window) <= lowering.MOST_POSITIONS and lowering.rewrites()
    if indexed and jnp.issubdtype(x.dtype, jnp.floating):
        return _indexed_max(x, x.shape, window, strides, tuple(pads))
    return lax.reduce_window(x, _lowest(x.dtype), lax.max, window, strides, pads)


def average_pool(x, window, strides=None, padding="valid", data_format="channels_last"):
    """Average pooling; with "same", padding is excluded from the mean.

    Arguments as in `max_pool`. Integers are converted to float32.
    """
    if not jnp.issubdtype(x.dtype, jnp.floating):
        x = x.astype(jnp.float32)
    window, strides, pads = _everywhere(x, window, strides, padding, data_format)
    zero = np.zeros((), x.dtype)
    sums = lax.reduce_window(x, zero, lax.add, window, strides, pads)
    if padding == "valid":
        return sums / math.prod(window)
    return sums / _counts(x.shape, window, strides, pads).astype(x.dtype)


def global_max(x, data_format="channels_last", keepdims=False):
    """The largest value of each channel: (batch, channels)."""
    return jnp.max(x, tuple(spatial_axes(x.ndim, data_format)), keepdims=keepdims)


def global_average(x, data_format="channels_last", keepdims=False, mask=None):
    """The mean of each channel: (batch, channels).

    Args:
        x: (batch, *spatial, channels), or channels second.
        data_format: where the channels stand.
        keepdims: keep the spatial axes, with size 1.
        mask: (batch, *spatial), 0 for positions to ignore; None for no mask.
    """
    axes = tuple(spatial_axes(x.ndim, data_format))
    if mask is None:
        return jnp.mean(x, axes, keepdims=keepdims)
    mask = jnp.expand_dims(mask, x.ndim - 1 if data_format == "channels_last" else 1)
    mask = mask.astype(bool)
    total = jnp.sum(jnp.where(mask, x, 0), axes, keepdims=keepdims)
    count = jnp.sum(mask, axes, keepdims=keepdims)
    # A fully masked row gives 0: 0/0 would turn every weight into NaN.
    return total / jnp.maximum(count, 1).astype(x.dtype)


@functools.partial(jax.custom_vjp, nondiff_argnums=(1, 2, 3, 4))
def _indexed_max(x, shape, window, strides, pads):
    return functools.reduce(jnp.maximum, _corners(x, window, strides, pads))


def _indexed_max_forward(x, shape, window, strides, pads):
    """The maxima, and the index of each within its window."""
    best = place = None
    for number, here in enumerate(_corners(x, window, strides, pads)):
        if best is None:
            best, place = here, jnp.zeros(here.shape, jnp.uint8)
        else:
            place = jnp.where(here > best, jnp.uint8(number), place)
            best = jnp.maximum(best, here)
    return best, place


def _corners(x, window, strides, pads):
    """The values at the first position of every window, at the second, and so on."""
    x = lax.pad(x, _lowest(x.dtype), [(*pair, 0) for pair in pads])
    for corner in itertools.product(*map(range, window)):
        ends = [n - w + c + 1 for n, w, c in zip(x.shape, window, corner, strict=True)]
        yield lax.slice(x, corner, ends, strides)


def _indexed_max_backward(shape, window, strides, pads, place, g):
    """Pass each gradient to the position that its maximum came from."""
    if window == strides:
        return (_side_by_side(g, place, shape, window, pads),)
    total, zero = 0, np.zeros((), g.dtype)
    for number, corner in enumerate(itertools.product(*map(range, window))):
        here = jnp.where(place == number, g, zero)
        back = []
        for axis, (before, _) in enumerate(pads):
            first = corner[axis] - before
            reach = first + (g.shape[axis] - 1) * strides[axis] + 1
            back.append((first, shape[axis] - reach, strides[axis] - 1))
        total = total + lax.pad(here, zero, back)
    return (total,)


def _side_by_side(g, place, shape, window, pads):
    """`_indexed_max_backward` for non-overlapping windows: up to twice as fast."""
    apart = [n for size in g.shape for n in (size, 1)]
    inside = [n for size in window for n in (1, size)]
    number = jnp.arange(math.prod(window), dtype=jnp.uint8).reshape(inside)
    zero = np.zeros((), g.dtype)
    whole = jnp.where(place.reshape(apart) == number, g.reshape(apart), zero)
    whole = whole.reshape([n * w for n, w in zip(g.shape, window, strict=True)])
    back = [
        (-before, size + before - covered, 0)
        for size, covered, (before, _) in zip(shape, whole.shape, pads, strict=True)
    ]
    return lax.pad(whole, zero, back)


_indexed_max.defvjp(_indexed_max_forward, _indexed_max_backward)


def _everywhere(x, window, strides, padding, data_format):
    """Window, strides and padding for all axes of x; non-spatial axes have size 1."""
    axes = list(spatial_axes(x.ndim, data_format))
    strides = window if strides is None else strides
    sizes = [x.shape[axis] for axis in axes]
    pairs = paddings(sizes, window, strides, padding)
    tall, wide, pads = [1] * x.ndim, [1] * x.ndim, [(0, 0)] * x.ndim
    for axis, size, step, pair in zip(axes, window, strides, pairs, strict=True):
        tall[axis], wide[axis], pads[axis] = size, step, pair
    return tuple(tall), tuple(wide), pads


def _counts(shape, window, strides, pads):
    """The number of positions of each window that lie inside the data."""
    total = np.ones((1,) * len(shape), np.float32)
    for axis, size in enumerate(shape):
        before, after = pads[axis]
        last = size + before + after - window[axis]
        starts = np.arange(0, last + 1, strides[axis]) - before
        inside = np.minimum(starts + window[axis], size) - np.maximum(starts, 0)
        if window[axis] > 1:
            along = [-1 if dim == axis else 1 for dim in range(len(shape))]
            total = total * inside.reshape(along)
    return total


def _lowest(dtype):
    """The identity of the maximum: -inf, or the smallest integer."""
    if jnp.issubdtype(dtype, jnp.floating):
        return np.array(-np.inf, dtype)
    return np.array(jnp.iinfo(dtype).min, dtype)
