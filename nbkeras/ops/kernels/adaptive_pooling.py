"""Adaptive pooling: a fixed number of windows, whatever the input size."""

import jax.numpy as jnp
import numpy as np


def windows(size, number):
    """(starts, ends) of `number` windows covering an axis of `size`.

    >>> [edges.tolist() for edges in windows(5, 3)]
    [[0, 1, 3], [2, 4, 5]]
    """
    at = np.arange(number)
    return at * size // number, -(-(at + 1) * size // number)


def average(x, sizes, axes):
    """Mean of each window, with `sizes` windows along `axes`."""
    for axis, number in zip(axes, sizes, strict=True):
        starts, ends = windows(x.shape[axis], number)
        place = np.arange(x.shape[axis])[:, None]
        inside = (place >= starts) & (place < ends)
        shares = jnp.asarray(inside / (ends - starts), x.dtype)
        x = jnp.moveaxis(jnp.tensordot(x, shares, ((axis,), (0,))), -1, axis)
    return x


def maximum(x, sizes, axes):
    """Maximum of each window; among equal values, the first gets the gradient."""
    for axis, number in zip(axes, sizes, strict=True):
        starts, ends = windows(x.shape[axis], number)
        places = starts[:, None] + np.arange((ends - starts).max())
        places = np.minimum(places, ends[:, None] - 1)
        spread = jnp.take(jnp.moveaxis(x, axis, -1), places, axis=-1)
        first = jnp.argmax(spread, -1, keepdims=True)
        highest = jnp.take_along_axis(spread, first, -1)[..., 0]
        x = jnp.moveaxis(highest, -1, axis)
    return x
