"""Process a batch as micro-batches, one after the other."""

import jax
import jax.numpy as jnp


def split(x, each):
    """(rows, ...) -> (turns, each, ...); the last row is repeated to fill up.

    Repeated rows are as finite as the data, and nothing flows back from them.
    """
    missing = -x.shape[0] % each
    if missing:
        x = jnp.concatenate([x, jnp.repeat(x[-1:], missing, axis=0)])
    return x.reshape(-1, each, *x.shape[1:])


def join(y, rows):
    """(turns, each, ...) -> (rows, ...), without what `split` filled in."""
    return y.reshape(-1, *y.shape[2:])[:rows]


def total(f, each, *arrays):
    """The sum of `f(*micro-batch)` over all micro-batches of `each` rows.

    `f` must be linear in the last of `arrays`: its filled rows are zeros.
    """
    rows = arrays[0].shape[0]
    if each >= rows:
        return f(*arrays)
    last, missing = arrays[-1], -rows % each
    if missing:
        last = jnp.pad(last, [(0, missing)] + [(0, 0)] * (last.ndim - 1))
    turns = (*(split(a, each) for a in arrays[:-1]), split(last, each))
    zero = jax.eval_shape(f, *(turn[0] for turn in turns))
    start = jax.tree.map(lambda a: jnp.zeros(a.shape, a.dtype), zero)

    def add(sums, turn):
        return jax.tree.map(jnp.add, sums, f(*turn)), None

    return jax.lax.scan(add, start, turns)[0]
