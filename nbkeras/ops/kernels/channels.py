"""Sums over all axes but the channels, and their transpose, adding to each channel.

XLA's CPU compiler sums the rows of a matrix one column at a time: 1.2 ms for 8,192 rows
of 128 numbers. The product of a vector of ones with the matrix takes 0.1 ms.
"""

import math

import jax
import jax.numpy as jnp

from nbkeras.ops.kernels import lowering


def channel_sums(x, weights=None):
    """The sum over all axes but the last: (channels,).

    Args:
        x: (rows, ..., channels), floating.
        weights: (rows,), factors of the rows; None for 1.
    """
    if not _uses_product(x):
        if weights is not None:
            x = x * weights.reshape(-1, *(1,) * (x.ndim - 1))
        return jnp.sum(x, tuple(range(x.ndim - 1)))
    positions = math.prod(x.shape[:-1])
    if weights is None:
        factors = jnp.ones((1, positions), x.dtype)
    else:
        factors = jnp.broadcast_to(
            weights.astype(x.dtype)[:, None], (x.shape[0], positions // x.shape[0])
        ).reshape(1, positions)
    return (factors @ x.reshape(positions, x.shape[-1]))[0]


def spread(values, like):
    """`values`, (channels,), for each position of `like`, (rows, ..., channels).

    The gradient with respect to `values` is computed by `channel_sums`.
    """
    if not _uses_product(like):
        return values
    positions = math.prod(like.shape[:-1])
    # XLA removes a product over one term, but not its transpose.
    column = jnp.ones((positions, 1), values.dtype)
    return (column @ values[None]).reshape(like.shape)


def add_to_channels(x, values):
    """`x + values`, (channels,), to each position of `x`, (rows, ..., channels).

    The gradient with respect to `values` is computed by `channel_sums`.
    """
    is_plain = not _uses_product(x) or values.dtype != x.dtype or x.ndim < 3
    return x + values if is_plain else _add(x, values)


@jax.custom_vjp
def _add(x, values):
    return x + values


def _add_forward(x, values):
    return x + values, None


def _add_backward(_, g):
    return g, channel_sums(g)


_add.defvjp(_add_forward, _add_backward)


def _uses_product(x):
    return x.dtype == jnp.float32 and x.size > 0 and lowering.rewrites()
