"""Microbatching: run layers on a few rows at a time, so that results stay in cache.

A convolution of 32 images of 150 x 150 makes 90 MB that the next layer reads once.
Two images at a time make 6 MB, which never leave the processor. The layers know
nothing of this; it works for all that compute each row from that row alone.
"""

import jax
import numpy as np
from jax.core import Tracer

from nbkeras.distribution import parallel
from nbkeras.layers.convolution.conv import BaseConv, Conv2D, PlainConv
from nbkeras.layers.engine import introspection
from nbkeras.layers.engine.functional_call import Context, bind, running
from nbkeras.layers.engine.introspection import original
from nbkeras.layers.pooling import MaxPooling
from nbkeras.ops import activations
from nbkeras.ops.kernels import lowering, microbatching

# Monotonic functions: max pooling may come first, as max(f(x)) == f(max(x)).
RISING = {
    activations.get(name)
    for name in ("linear", "relu", "relu6", "leaky_relu", "sigmoid", "tanh", "softplus")
}


def run_stack(layers, x):
    """Run bound `layers` one after another, in micro-batches where that is faster."""
    at = 0
    while at < len(layers):
        run = _run_from(layers, at)
        num_rows = _rows_at_once(run, x)
        if num_rows:
            x, at = _in_microbatches(run, x, num_rows), at + len(run)
        else:
            x, at = layers[at](x), at + 1
    return x


def _run_from(layers, start):
    """The layers from `start` on that can run in micro-batches with a convolution.

    A last layer with an activation stays outside: losses look for its logits.
    """
    ends = len(layers) - (getattr(layers[-1], "activation", None) is not None)
    run = []
    for layer in layers[start:ends]:
        if not _takes_parts(layer):
            break
        run.append(layer)
    return run if any(isinstance(layer, BaseConv) for layer in run) else []


def _takes_parts(layer):
    """Whether `layer` may receive a batch in parts in this run."""
    if layer.treats_rows_alone("row_by_row"):
        return True
    at_rest = not layer._context.training
    return at_rest and layer.treats_rows_alone("row_by_row_at_rest")


def left_to_xla(model):
    """Whether XLA's own kernels evaluate and predict faster; see `lowering`."""
    convs = [layer for layer in model.walk() if isinstance(layer, BaseConv)]
    if not all(isinstance(conv, Conv2D) and conv.groups == 1 for conv in convs):
        return False
    sizes = [_size(conv.__dict__.get("_output_shape")) for conv in convs]
    if not convs or None in sizes:
        return False
    shapes = [conv.kernel.shape for conv in convs]
    return lowering.leaves_pictures_to_xla(
        min(channels for *_, channels, _ in shapes),
        min(filters for *_, filters in shapes),
        max(size // conv.filters for size, conv in zip(sizes, convs, strict=True)),
    )


def _rows_at_once(run, x):
    """Rows of a micro-batch; None where the whole batch at once is as fast."""
    if not run or not isinstance(x, Tracer) or not lowering.blocks():
        return None
    context = run[0]._context
    if context.building or context.mask_of(x) is not None:
        return None
    shapes = [introspection.output_shape(original(layer)) for layer in run]
    sizes = [size for size in map(_size, shapes) if size is not None]
    if len(sizes) < len(run):
        return None
    widest = max(sizes) * np.dtype(run[0].compute_dtype).itemsize
    shared = parallel.sharing(x.shape[0])
    rows = x.shape[0] // (shared.num_model_replicas if shared else 1)
    num_rows = lowering.rows_at_once(rows, widest)
    return num_rows if num_rows < rows or shared else None


def _size(shape):
    """Values in one row, or None if that is not known."""
    if not isinstance(shape, tuple) or None in shape[1:]:
        return None
    return int(np.prod(shape[1:]))


def _in_microbatches(run, x, num_rows):
    shared = parallel.sharing(x.shape[0])
    if shared:
        return _on_each_device(shared, run, x, num_rows)
    context = run[0]._context
    activated = dict(context.activated)
    parts = microbatching.split(x, num_rows)
    results = jax.lax.map(lambda part: _run_microbatch(run, part), parts)
    # The logits that layers recorded inside the loop are not valid outside it.
    context.activated = activated
    return microbatching.join(results, x.shape[0])


def _on_each_device(shared, run, x, num_rows):
    """Each device loops over its own rows; one loop over all rows would mix them."""
    context = run[0]._context
    weights = [w for layer in run for w in original(layer).weights]

    def own(rows, values):
        arrays = {**context.arrays, **dict(zip(weights, values, strict=True))}
        inside = Context(arrays, context.training, trainable=context.trainable)
        with running(inside):
            layers = [bind(original(layer), inside) for layer in run]
            parts = microbatching.split(rows, num_rows)
            results = jax.lax.map(lambda part: _run_microbatch(layers, part), parts)
        return microbatching.join(results, rows.shape[0])

    return shared.each(own, x, [context.arrays[weight] for weight in weights])


def _run_microbatch(run, x):
    at = 0
    while at < len(run):
        layer, after = run[at], run[at + 1] if at + 1 < len(run) else None
        if after is not None and _pools_first(layer, after):
            x = layer(x, pool=after)
            at += 2
        else:
            x = layer(x)
            at += 1
    return x


def _pools_first(conv, pool):
    """Whether `pool` may come before the bias and activation of `conv`.

    Exact, for both keep the order of values: bias and activation then meet a quarter
    of them.
    """
    return (
        type(conv).call is PlainConv.call
        and isinstance(pool, MaxPooling)
        and type(pool).call is MaxPooling.call
        and conv.activation in RISING
        and conv.data_format == pool.data_format
        and conv.compute_dtype == pool.compute_dtype
    )
