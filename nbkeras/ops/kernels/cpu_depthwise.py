"""Depthwise convolutions written to be fast on CPU; channels last.

XLA's CPU compiler runs a convolution with as many groups as channels on one thread, 30
to 100 times slower than a sum of shifted inputs. Its gradients are written out, because
those that JAX derives pad one array per element of the kernel.
"""

import functools
import itertools

import jax
import jax.numpy as jnp
from jax import lax

from nbkeras.ops.kernels import lowering, microbatching
from nbkeras.ops.kernels.channels import channel_sums


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4))
def convolve(x, kernel, strides, pads, dilation):
    """Convolve each channel of `x` with its own kernels.

    Args:
        x: (batch, *spatial, channels), float32 or float64.
        kernel: (*spatial, channels, multiplier).
        strides: steps of the window, one per spatial axis.
        pads: (before, after) zeros, one pair per spatial axis.
        dilation: spacing of the kernel's elements, one per spatial axis.

    Forward-mode derivatives (`jax.jvp`) need `set_lowering("plain")`.
    """
    total = 0
    for tap, piece in _shifted(x, kernel.shape, strides, pads, dilation):
        total = total + piece[..., None] * kernel[tap]
    total = total.reshape(*total.shape[:-2], -1)
    # Without the barrier, each operation that uses the result would repeat the sum.
    return lax.optimization_barrier(total)


def _forward(x, kernel, *settings):
    return convolve(x, kernel, *settings), (x, kernel)


def _backward(strides, pads, dilation, saved, g):
    x, kernel = saved
    g = lax.optimization_barrier(g).reshape(*g.shape[:-1], *kernel.shape[-2:])
    of_x = _gradient_of_x(x.shape, kernel, strides, pads, dilation, g)
    return of_x, _gradient_of_kernel(x, kernel.shape, strides, pads, dilation, g)


convolve.defvjp(_forward, _backward)


def _shifted(x, kernel_shape, strides, pads, dilation):
    """For each element of the kernel: (its place, the values that it multiplies)."""
    x = _padded(x, pads)
    sizes = kernel_shape[:-2]
    reach = [(size - 1) * apart for size, apart in zip(sizes, dilation, strict=True)]
    ends = [max(n - r, 0) for n, r in zip(x.shape[1:-1], reach, strict=True)]
    for tap in itertools.product(*map(range, sizes)):
        starts = [place * apart for place, apart in zip(tap, dilation, strict=True)]
        stops = [start + end for start, end in zip(starts, ends, strict=True)]
        yield (
            tap,
            lax.slice(
                x,
                (0, *starts, 0),
                (x.shape[0], *stops, x.shape[-1]),
                (1, *strides, 1),
            ),
        )


def _gradient_of_x(shape, kernel, strides, pads, dilation, g):
    """Convolve the gradients, dilated by `strides`, with the flipped kernel."""
    space = range(len(strides))
    zero, back = jnp.zeros((), g.dtype), []
    for axis in space:
        reach = (kernel.shape[axis] - 1) * dilation[axis]
        spread = (g.shape[1 + axis] - 1) * strides[axis] + 1
        before = reach - pads[axis][0]
        after = shape[1 + axis] + reach - spread - before
        back.append((before, after, strides[axis] - 1))
    g = lax.pad(g, zero, [(0, 0, 0), *back, (0, 0, 0), (0, 0, 0)])
    turned = jnp.flip(kernel, tuple(space))
    total = 0
    for tap in itertools.product(*map(range, kernel.shape[:-2])):
        starts = [place * apart for place, apart in zip(tap, dilation, strict=True)]
        sizes = shape[1:-1]
        stops = [start + size for start, size in zip(starts, sizes, strict=True)]
        piece = lax.slice(g, (0, *starts, 0, 0), (shape[0], *stops, *g.shape[-2:]))
        total = total + (piece * turned[tap]).sum(-1)
    return total


def _gradient_of_kernel(x, shape, strides, pads, dilation, g):
    """Sum of products of gradients and shifted inputs, a few rows at a time.

    The products are summed over the rows as they are computed, and then over the
    positions; the products of all rows would be written to memory.
    """

    def some_rows(x, g):
        pieces = _shifted(x, shape, strides, pads, dilation)
        sums = [
            channel_sums((piece[..., None] * g).sum(0).reshape(*g.shape[1:-2], -1))
            for _, piece in pieces
        ]
        return jnp.stack(sums).reshape(shape)

    return microbatching.total(some_rows, lowering.ROWS_OF_PRODUCTS, x, g)


def _padded(x, pads):
    zero = jnp.zeros((), x.dtype)
    return lax.pad(x, zero, [(0, 0, 0), *((*pair, 0) for pair in pads), (0, 0, 0)])
