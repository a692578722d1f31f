"""Process a batch as a sequence of micro-batches."""

import jax
import jax.numpy as jnp


def split(x, size):
    """(rows, ...) -> (micro-batches, size, ...), padded by repeating the last row.

    Padding rows are as finite as the data, and receive no gradient.
    """
    missing = -x.shape[0] % size
    if missing:
        x = jnp.concatenate([x, jnp.repeat(x[-1:], missing, axis=0)])
    return x.reshape(-1, size, *x.shape[1:])


def join(y, rows):
    """(micro-batches, size, ...) -> (rows, ...), without the padding of `split`."""
    return y.reshape(-1, *y.shape[2:])[:rows]


def total(f, size, *arrays):
    """The sum of `f(*micro-batch)` over all micro-batches of `size` rows.

    `f` must be linear in the last of `arrays`, which is padded with zeros.
    """
    rows = arrays[0].shape[0]
    if size >= rows:
        return f(*arrays)
    last, missing = arrays[-1], -rows % size
    if missing:
        last = jnp.pad(last, [(0, missing)] + [(0, 0)] * (last.ndim - 1))
    turns = (*(split(a, size) for a in arrays[:-1]), split(last, size))
    zero = jax.eval_shape(f, *(turn[0] for turn in turns))
    start = jax.tree.map(lambda a: jnp.zeros(a.shape, a.dtype), zero)

    def add(sums, turn):
        return jax.tree.map(jnp.add, sums, f(*turn)), None

    return jax.lax.scan(add, start, turns)[0]
