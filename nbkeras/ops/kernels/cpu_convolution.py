"""Convolutions written to be fast on CPU; channels last.

XLA's CPU compiler turns a convolution into a threaded matrix product only for one axis
order: (batch, *space, channels) with (*space, in, out). It converts gradients to that
order only outside of loops; inside a loop they take up to 16 times as long. Here both
gradients are written in that order, so that micro-batches can run in a loop.
"""

import functools
import math

import jax
import jax.numpy as jnp
from jax import lax

from nbkeras.ops.kernels import lowering, microbatching


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4))
def convolve(x, kernel, strides, pads, dilation):
    """Convolution of `x` with `kernel`.

    Args:
        x: (batch, *spatial, channels).
        kernel: (*spatial, channels, filters).
        strides: steps of the window, one per spatial axis.
        pads: (before, after) zeros, one pair per spatial axis.
        dilation: spacing of the kernel's elements, one per spatial axis.

    Forward-mode derivatives (`jax.jvp`) need `set_lowering("plain")`.
    """
    if lowering.packs_pixels(x.shape, kernel.shape, strides, dilation):
        return _packed(_padded(x, pads), kernel)
    return _canonical(x, kernel, strides, pads, dilation)


def _forward(x, kernel, *settings):
    return convolve(x, kernel, *settings), (x, kernel)


def _backward(strides, pads, dilation, saved, g):
    x, kernel = saved
    of_x = _gradient_of_x(x.shape, kernel, strides, pads, dilation, g)
    return of_x, _gradient_of_kernel(x, kernel.shape, strides, pads, dilation, g)


convolve.defvjp(_forward, _backward)


@jax.custom_vjp
def pointwise(x, kernel):
    """`x @ kernel`, the convolution with a kernel of size 1.

    Args:
        x: (rows, ..., channels).
        kernel: (channels, filters).
    """
    return x @ kernel


def _pointwise_forward(x, kernel):
    return x @ kernel, (x, kernel)


def _pointwise_backward(saved, g):
    """The gradients as products of matrices.

    JAX multiplies the gradients with the inputs and transposes the result; XLA then
    transposes the gradients first, which takes up to four times as long as this.
    """
    x, kernel = saved
    flat_x, flat_g = x.reshape(-1, x.shape[-1]), g.reshape(-1, g.shape[-1])
    return (flat_g @ kernel.T).reshape(x.shape), flat_x.T @ flat_g


pointwise.defvjp(_pointwise_forward, _pointwise_backward)


def _canonical(x, kernel, strides, pads, dilation, spread=None):
    rank = x.ndim - 2
    space = tuple(range(1, rank + 1))
    data, filters = (0, rank + 1, *space), (rank + 1, rank, *range(rank))
    return lax.conv_general_dilated(
        x,
        kernel,
        strides,
        pads,
        lhs_dilation=spread,
        rhs_dilation=dilation,
        dimension_numbers=lax.ConvDimensionNumbers(data, filters, data),
    )


def _gradient_of_x(shape, kernel, strides, pads, dilation, g):
    """Convolve the gradients, dilated by `strides`, with the flipped kernel."""
    space = tuple(range(g.ndim - 2))
    turned = jnp.swapaxes(jnp.flip(kernel, space), -1, -2)
    back = []
    for axis in space:
        reach = (kernel.shape[axis] - 1) * dilation[axis]
        before = reach - pads[axis][0]
        spread = (g.shape[1 + axis] - 1) * strides[axis] + 1
        back.append((before, shape[1 + axis] + reach - spread - before))
    return _canonical(g, turned, (1,) * len(space), back, dilation, strides)


def _gradient_of_kernel(x, shape, strides, pads, dilation, g):
    """Convolve the inputs, with batch and channels swapped, with the gradients."""
    space = range(x.ndim - 2)
    ends = []
    for axis in space:
        reach = (shape[axis] - 1) * dilation[axis] + 1
        need = (g.shape[1 + axis] - 1) * strides[axis] + reach
        ends.append((pads[axis][0], need - x.shape[1 + axis] - pads[axis][0]))
    rows_last = [axis + 1 for axis in space]

    def one_turn(x, g):
        # Pad before transposing: padding is slow with the few rows innermost.
        x = _padded(x, ends).transpose(-1, *rows_last, 0)
        g = g.transpose(*rows_last, 0, -1)
        gradient = _canonical(x, g, dilation, [(0, 0)] * len(space), strides)
        return gradient.transpose(*rows_last, 0, -1)

    widest = max(math.prod(x.shape[1:]), math.prod(g.shape[1:])) * x.dtype.itemsize
    return microbatching.total(
        one_turn, lowering.rows_at_once(x.shape[0], widest), x, g
    )


def _padded(x, pads):
    zero = jnp.zeros((), x.dtype)
    return lax.pad(x, zero, [(0, 0, 0), *((*pair, 0) for pair in pads), (0, 0, 0)])


def _packed(x, kernel):
    """Convolve 2 x 2 pixels packed into one: 4x the channels, half height and width.

    The packed kernel has four copies of `kernel`, shifted by 0 or 1 pixel on each axis.
    """
    height, width, channels, filters = kernel.shape
    rows, _, _, _ = x.shape
    output_sizes = [
        n - k + 1 for n, k in zip(x.shape[1:3], (height, width), strict=True)
    ]
    taps = [-(-(k + 1) // 2) for k in (height, width)]
    blocks = [-(-n // 2) for n in output_sizes]
    sizes = [2 * (b + t - 1) for b, t in zip(blocks, taps, strict=True)]
    x = _padded(x, [(0, want - n) for n, want in zip(x.shape[1:3], sizes, strict=True)])
    x = x.reshape(rows, sizes[0] // 2, 2, sizes[1] // 2, 2, channels)
    x = x.transpose(0, 1, 3, 2, 4, 5).reshape(*x.shape[:2], -1, 4 * channels)
    moved = [
        jnp.pad(kernel, [(down, 2 * taps[0] - height - down), side, (0, 0), (0, 0)])
        for down in (0, 1)
        for side in ((0, 2 * taps[1] - width), (1, 2 * taps[1] - width - 1))
    ]
    packed = jnp.stack(moved, axis=-2)
    packed = packed.reshape(taps[0], 2, taps[1], 2, channels, 4, filters)
    packed = packed.transpose(0, 2, 1, 3, 4, 5, 6)
    packed = packed.reshape(*taps, 4 * channels, 4 * filters)
    y = _canonical(x, packed, (1, 1), [(0, 0)] * 2, (1, 1))
    y = y.reshape(rows, *blocks, 2, 2, filters).transpose(0, 1, 3, 2, 4, 5)
    y = y.reshape(rows, 2 * blocks[0], 2 * blocks[1], filters)
    return y[:, : output_sizes[0], : output_sizes[1]]
