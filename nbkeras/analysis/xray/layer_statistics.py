"""Statistics of a layer's outputs, gradients and updates, computed in JAX."""

import jax
import jax.numpy as jnp

try:
    from jax.extend.core import get_opaque_trace_state
except ImportError:  # older versions of JAX
    from jax.core import get_opaque_trace_state

from nbkeras.layers.engine import introspection

BINS = 24
# Most values sampled for a histogram.
MOST_SAMPLES = 4096
# A value within this fraction of the ends of a bounded activation is saturated: there
# the derivative of a sigmoid is below 0.01, 4 % of its maximum.
NEAR_END = 0.01
# {name of an activation: (lowest, highest) value}
BOUNDED = {
    "sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
}
# Layers whose kernel has the inputs on all axes but the last.
KERNEL_LAYERS = ("Dense", "Conv1D", "Conv2D", "Conv3D")
# Activations that are zero for negative inputs.
RECTIFIERS = ("relu", "relu6", "threshold", "squareplus_relu")


def activation_name(layer) -> str:
    """The name of the activation that a layer ends with, "" for none."""
    kind = type(layer).__name__
    if kind in ("ReLU", "Softmax"):
        return kind.lower()
    name = getattr(getattr(layer, "activation", None), "__name__", "")
    return "" if name == "linear" else name


def channel_axis(layer, ndim) -> int:
    """The axis of the units in a layer's output with `ndim` axes."""
    first = getattr(layer, "data_format", None) == "channels_first"
    return 1 if first and ndim > 2 else -1


def output_statistics(layer, y, valid) -> dict[str, jax.Array]:
    """Statistics of a layer's output in training.

    Args:
        layer: the layer.
        y: (batch, ...) floats.
        valid: (batch,) 1 for rows, 0 for padding; None for no padding.

    Returns:
        Scalars mean, rms, low, high, zeros (fraction of zeros), dead (fraction of units
        that are zero for every row and position), saturated (fraction of values at the
        ends of a bounded activation), alike (whether all units are equal), finite, and
        (BINS,) counts between `low` and `high`.
    """
    y = jnp.asarray(y, jnp.float32)
    if valid is not None and valid.shape[0] == y.shape[0]:
        # Padding repeats the first row: it barely changes fractions, and no extremes.
        pad = valid.reshape(-1, *[1] * (y.ndim - 1)) > 0
        y = jnp.where(pad, y, y[:1])
    axis = channel_axis(layer, y.ndim)
    units = jnp.moveaxis(y, axis, -1).reshape(-1, y.shape[axis]) if y.ndim > 1 else y
    units = units.reshape(-1, units.shape[-1])
    finite = jnp.isfinite(y)
    safe = jnp.where(finite, y, 0.0)
    low, high = safe.min(), safe.max()
    name = activation_name(layer)
    saturated = jnp.zeros(())
    if name in BOUNDED:
        bottom, top = BOUNDED[name]
        margin = NEAR_END * (top - bottom)
        saturated = ((y < bottom + margin) | (y > top - margin)).mean()
    several = units.shape[-1] > 1
    alike = jnp.all(units == units[:, :1]) if several else jnp.zeros((), bool)
    return {
        "mean": safe.mean(),
        "rms": jnp.sqrt((safe**2).mean()),
        "low": low,
        "high": high,
        "zeros": (y == 0).mean(),
        "dead": (units == 0).all(0).mean(),
        "saturated": saturated,
        "alike": alike,
        "finite": finite.all(),
        "counts": histogram(safe, low, high),
    }


def histogram(values, low, high):
    """(BINS,) counts of a sample of `values` in equal bins from `low` to `high`."""
    flat = values.reshape(-1)
    every = max(1, -(-flat.shape[0] // MOST_SAMPLES))
    flat = flat[::every]
    width = jnp.where(high > low, high - low, 1.0)
    place = jnp.clip((flat - low) / width * BINS, 0, BINS - 1).astype(jnp.int32)
    return jnp.zeros(BINS, jnp.int32).at[place].add(1)


def weight_statistics(weights, grads, changes) -> dict[str, jax.Array]:
    """Statistics of the weights of one layer.

    Args:
        weights, grads, changes: lists of arrays, one per trained weight: its value, its
            gradient, and its update.

    Returns:
        Scalars weight, gradient and update (root mean squares over all), largest (the
        largest absolute gradient), ratio (norm of the update over norm of the weights,
        of the kernels only if there are any), finite, and (BINS,) counts of the
        gradients between `low` and `high`.
    """
    kernels = [i for i, w in enumerate(weights) if w.ndim > 1] or range(len(weights))
    flat = jnp.concatenate([g.reshape(-1).astype(jnp.float32) for g in grads])
    finite = jnp.isfinite(flat)
    safe = jnp.where(finite, flat, 0.0)
    low, high = safe.min(), safe.max()
    return {
        "weight": _rms(weights),
        "gradient": jnp.sqrt((safe**2).mean()),
        "largest": jnp.abs(safe).max(),
        "update": _rms(changes),
        "ratio": norm([changes[i] for i in kernels])
        / jnp.maximum(norm([weights[i] for i in kernels]), 1e-30),
        "start_is_zero": norm([weights[i] for i in kernels]) == 0,
        "finite": finite.all(),
        "low": low,
        "high": high,
        "counts": histogram(safe, low, high),
    }


def kernel_scale(layer, weights) -> jax.Array:
    """Root mean square of a layer's kernel over that of `he_normal`.

    That is sqrt(2 / fan_in), He et al., "Delving Deep into Rectifiers" (2015). 0 for
    layers other than dense and convolution.
    """
    kernels = [w for w in weights if w.ndim > 1]
    if type(layer).__name__ not in KERNEL_LAYERS or len(kernels) != 1:
        return jnp.zeros(())
    fan_in = kernels[0].size // kernels[0].shape[-1]
    return _rms(kernels) / jnp.sqrt(2.0 / fan_in)


def norm(arrays) -> jax.Array:
    """The Euclidean norm of all values of the arrays together."""
    return jnp.sqrt(sum(jnp.sum(jnp.asarray(a, jnp.float32) ** 2) for a in arrays))


def _rms(arrays):
    return norm(arrays) / jnp.sqrt(float(max(sum(a.size for a in arrays), 1)))


class Recorder:
    """Records the outputs of layers during a run; pass `attach` as `watch` to `apply`.

    Args:
        layers: layers to record, leaves of the model.
        valid: as in `output_statistics`.
    """

    def __init__(self, layers, valid):
        self._layers, self._valid = set(map(id, layers)), valid
        self._level = None
        self.outputs, self.inputs = {}, {}  # {layer: numbers or None}

    def attach(self, context):
        """Make the bound copies of the layers record their outputs."""
        self._level = _trace_level()
        for copy in list(context.copies.values()):
            layer = introspection.original(copy)
            if id(layer) in self._layers:
                copy.__dict__["call"] = self._telling(layer, copy.call)

    def _telling(self, layer, call):
        def recording_call(*args, **kwargs):
            y = call(*args, **kwargs)
            # Values inside a loop or map of JAX cannot be used outside of it.
            if layer not in self.inputs and _trace_level() == self._level:
                output, layer_input = _first_float(y), _first_float((args, kwargs))
                has_output = output is not None and output.ndim
                self.outputs[layer] = (
                    output_statistics(layer, output, self._valid)
                    if has_output
                    else None
                )
                self.inputs[layer] = (
                    None
                    if layer_input is None
                    else jnp.abs(jnp.asarray(layer_input, jnp.float32)).max()
                )
            return y

        return recording_call


def _first_float(tree):
    for leaf in jax.tree.leaves(tree):
        if hasattr(leaf, "dtype") and jnp.issubdtype(leaf.dtype, jnp.floating):
            return leaf
    return None


def _trace_level():
    """The current JAX trace; inside a loop body it is another one."""
    return get_opaque_trace_state(convention="nbkeras")
