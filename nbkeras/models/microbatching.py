"""Microbatching: run layers on a few rows at a time, so that results fit in cache.

A convolution of 32 images of 150 x 150 produces 90 MB that the next layer reads once.
Two images at a time produce 6 MB, which stay in the processor's cache. Layers need no
code for it: it applies to every layer that computes each row from that row alone.
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

# Increasing functions: max pooling may come first, as max(f(x)) == f(max(x)).
INCREASING = {
    activations.get(name)
    for name in ("linear", "relu", "relu6", "leaky_relu", "sigmoid", "tanh", "softplus")
}


def run_stack(layers, x):
    """Run bound `layers` one after another, in micro-batches where that is faster."""
    start = 0
    while start < len(layers):
        run = _run_from(layers, start)
        num_rows = _rows_at_once(run, x)
        if num_rows:
            x, start = _in_microbatches(run, x, num_rows), start + len(run)
        else:
            x, start = layers[start](x), start + 1
    return x


def _run_from(layers, start):
    """The layers from `start` on that run in micro-batches together with a convolution.

    The model's last layer is left out if it has an activation: losses use its logits.
    """
    end = len(layers) - (getattr(layers[-1], "activation", None) is not None)
    run = []
    for layer in layers[start:end]:
        if not _is_microbatchable(layer):
            break
        run.append(layer)
    return run if any(isinstance(layer, BaseConv) for layer in run) else []


def _is_microbatchable(layer):
    """Whether `layer` gives the same result when it receives a batch in parts."""
    if layer.treats_rows_alone("row_by_row"):
        return True
    at_rest = not layer._context.training
    return at_rest and layer.treats_rows_alone("row_by_row_at_rest")


def left_to_xla(model):
    """Whether evaluate and predict run faster with XLA's kernels; see `lowering`."""
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
    """Number of values in one row; None if the shape is not known."""
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
    """Loop over the rows of each device: one loop over all rows would mix devices."""
    context = run[0]._context
    weights = [w for layer in run for w in original(layer).weights]

    def run_rows(rows, values):
        arrays = {**context.arrays, **dict(zip(weights, values, strict=True))}
        inner_context = Context(arrays, context.training, trainable=context.trainable)
        with running(inner_context):
            layers = [bind(original(layer), inner_context) for layer in run]
            parts = microbatching.split(rows, num_rows)
            results = jax.lax.map(lambda part: _run_microbatch(layers, part), parts)
        return microbatching.join(results, rows.shape[0])

    return shared.each(run_rows, x, [context.arrays[weight] for weight in weights])


def _run_microbatch(run, x):
    position = 0
    while position < len(run):
        layer = run[position]
        following = run[position + 1] if position + 1 < len(run) else None
        if following is not None and _pools_first(layer, following):
            x = layer(x, pool=following)
            position += 2
        else:
            x = layer(x)
            position += 1
    return x


def _pools_first(conv, pool):
    """Whether `pool` may come before the bias and activation of `conv`.

    The result is the same, because adding a bias and an increasing activation keep the
    order of values; after 2 x 2 pooling they run on a quarter of them.
    """
    return (
        type(conv).call is PlainConv.call
        and isinstance(pool, MaxPooling)
        and type(pool).call is MaxPooling.call
        and conv.activation in INCREASING
        and conv.data_format == pool.data_format
        and conv.compute_dtype == pool.compute_dtype
    )
