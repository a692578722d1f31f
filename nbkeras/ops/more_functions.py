"""Functions of keras.ops that work on arrays only: making, cutting, loops, algebra.

On the symbolic tensors of a functional model they are put into a Lambda or a Layer.
"""

import types

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.ops import pooling


def convert_to_numpy(x):
    """`x` as a NumPy array."""
    return np.asarray(getattr(x, "value", x))


def is_tensor(x):
    """Whether `x` is an array of the engine."""
    return isinstance(x, jax.Array)


def slice_(inputs, start_indices, shape):
    """The block of `shape` that begins at `start_indices`."""
    return jax.lax.dynamic_slice(jnp.asarray(inputs), start_indices, shape)


def slice_update(inputs, start_indices, updates):
    """`inputs` with the block at `start_indices` replaced."""
    inputs = jnp.asarray(inputs)
    updates = jnp.asarray(updates, inputs.dtype)
    return jax.lax.dynamic_update_slice(inputs, updates, start_indices)


def scatter(indices, values, shape):
    """Zeros of `shape` with `values` added at `indices`, (number, axes)."""
    values = jnp.asarray(values)
    place = tuple(jnp.moveaxis(jnp.asarray(indices), -1, 0))
    return jnp.zeros(shape, values.dtype).at[place].add(values)


def scatter_update(inputs, indices, updates):
    """`inputs` with the values at `indices` replaced."""
    inputs = jnp.asarray(inputs)
    place = tuple(jnp.moveaxis(jnp.asarray(indices), -1, 0))
    return inputs.at[place].set(jnp.asarray(updates, inputs.dtype))


def unstack(x, num=None, axis=0):
    """The parts of `x` along `axis`, a list."""
    return list(jnp.moveaxis(jnp.asarray(x), axis, 0))


def pad(x, pad_width, mode="constant", constant_values=None):
    """`x` with a margin, as numpy.pad."""
    given = {} if constant_values is None else {"constant_values": constant_values}
    return jnp.pad(jnp.asarray(x), pad_width, mode, **given)


def while_loop(cond, body, loop_vars, maximum_iterations=None):
    """Run `body` on the variables while `cond` is true."""
    single = not isinstance(loop_vars, list | tuple)
    first = (loop_vars,) if single else tuple(loop_vars)

    def goes_on(state):
        left = True if maximum_iterations is None else state[0] < maximum_iterations
        return jnp.logical_and(cond(*state[1]), left)

    def step(state):
        made = body(*state[1])
        return state[0] + 1, tuple(made) if isinstance(made, list | tuple) else (made,)

    _, found = jax.lax.while_loop(goes_on, step, (0, first))
    return found[0] if single else found


def cond(pred, true_fn, false_fn):
    """What the one or the other function gives."""
    return jax.lax.cond(pred, true_fn, false_fn)


def max_pool(inputs, pool_size, strides=None, padding="valid", data_format=None):
    """The greatest value in each window; `data_format` is channels_last if None."""
    return _pooled(pooling.max_pool, inputs, pool_size, strides, padding, data_format)


def average_pool(inputs, pool_size, strides=None, padding="valid", data_format=None):
    """The mean of each window; `data_format` is channels_last if None."""
    return _pooled(
        pooling.average_pool, inputs, pool_size, strides, padding, data_format
    )


def _pooled(run, inputs, pool_size, strides, padding, data_format):
    inputs = jnp.asarray(inputs)
    axes = inputs.ndim - 2
    window = (pool_size,) * axes if isinstance(pool_size, int) else tuple(pool_size)
    strides = window if strides is None else strides
    strides = (strides,) * axes if isinstance(strides, int) else tuple(strides)
    return run(inputs, window, strides, padding, data_format or "channels_last")


def segment_sum(data, segment_ids, num_segments=None, sorted=False):
    """Sums of the rows that have one number in `segment_ids`."""
    return jax.ops.segment_sum(
        jnp.asarray(data), jnp.asarray(segment_ids), num_segments
    )


def segment_max(data, segment_ids, num_segments=None, sorted=False):
    """Greatest of the rows that have one number in `segment_ids`."""
    return jax.ops.segment_max(
        jnp.asarray(data), jnp.asarray(segment_ids), num_segments
    )


def in_top_k(targets, predictions, k):
    """Whether each target is among the k greatest predictions of its row."""
    predictions = jnp.asarray(predictions)
    own = jnp.take_along_axis(predictions, jnp.asarray(targets)[:, None], axis=1)
    return jnp.sum(predictions > own, axis=1) < k


linalg = types.SimpleNamespace(
    cholesky=jnp.linalg.cholesky,
    det=jnp.linalg.det,
    eigh=jnp.linalg.eigh,
    inv=jnp.linalg.inv,
    norm=jnp.linalg.norm,
    qr=jnp.linalg.qr,
    solve=jnp.linalg.solve,
    svd=jnp.linalg.svd,
)

_SAME = (
    "bincount cross diag diagonal digitize full_like histogram identity inner "
    "isclose meshgrid nonzero searchsorted tensordot trace tri vdot vstack hstack"
).split()
TABLE = {
    **{name: getattr(jnp, name) for name in _SAME},
    "array": jnp.array,
    "average": jnp.average,
    "average_pool": average_pool,
    "cond": cond,
    "convert_to_numpy": convert_to_numpy,
    "count_nonzero": jnp.count_nonzero,
    "empty": jnp.zeros,
    "erfinv": jax.scipy.special.erfinv,
    "fori_loop": jax.lax.fori_loop,
    "in_top_k": in_top_k,
    "is_tensor": is_tensor,
    "linalg": linalg,
    "map": lambda f, xs: jax.lax.map(f, xs),
    "max_pool": max_pool,
    "norm": jnp.linalg.norm,
    "pad": pad,
    "scan": lambda f, init, xs=None, length=None, reverse=False, unroll=1: jax.lax.scan(
        f, init, xs, length, reverse, unroll
    ),
    "scatter": scatter,
    "scatter_update": scatter_update,
    "segment_max": segment_max,
    "segment_sum": segment_sum,
    "size": jnp.size,
    "slice": slice_,
    "slice_update": slice_update,
    "unstack": unstack,
    "vectorized_map": lambda function, elements: jax.vmap(function)(elements),
    "while_loop": while_loop,
}
