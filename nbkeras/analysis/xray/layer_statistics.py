"""What one layer's outputs, gradients and updates amount to, as small arrays in JAX."""

import jax
import jax.numpy as jnp

try:
    from jax.extend.core import get_opaque_trace_state
except ImportError:  # before it moved there
    from jax.core import get_opaque_trace_state

from nbkeras.layers.engine import introspection

BINS = 24
# Values of which a histogram is made, at most.
MOST_SAMPLES = 4096
# A value within this share of the ends of a bounded activation is saturated: the
# derivative of a sigmoid there is below 0.01, 4 % of its greatest.
NEAR_END = 0.01
# {name of an activation: (lowest, highest) value}
BOUNDED = {
    "sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
}
# Activations that are zero for all that is negative.
RECTIFIERS = ("relu", "relu6", "threshold", "squareplus_relu")


def activation_name(layer) -> str:
    """The name of the activation that a layer ends with, "" for none."""
    kind = type(layer).__name__
    if kind in ("ReLU", "Softmax"):
        return kind.lower()
    name = getattr(getattr(layer, "activation", None), "__name__", "")
    return "" if name == "linear" else name


def channel_axis(layer, ndim) -> int:
    """The axis of a layer's units in its output of so many axes."""
    first = getattr(layer, "data_format", None) == "channels_first"
    return 1 if first and ndim > 2 else -1


def output_statistics(layer, y, valid) -> dict[str, jax.Array]:
    """Numbers of a layer's output in training.

    Args:
        layer: the layer.
        y: (batch, ...) floats.
        valid: (batch,) 1 for rows, 0 for padding; None for no padding.

    Returns:
        Scalars mean, rms, low, high, zeros (share of zeros), dead (share of units that
        are zero for every row and position), saturated (share of values at the ends of
        a bounded activation), alike (whether all units give the same), finite, and
        (BINS,) counts between `low` and `high`.
    """
    y = jnp.asarray(y, jnp.float32)
    if valid is not None and valid.shape[0] == y.shape[0]:
        # Padding repeats the first row: it changes no share by much, and no extreme.
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
    """Numbers of the weights of one layer.

    Args:
        weights, grads, changes: [array] for each trained weight: its value, its
            gradient, and what the step adds to it.

    Returns:
        Scalars weight, gradient and update (root mean squares over all), largest (the
        greatest size of a gradient), ratio (norm of the update over that of the
        weight, of the kernels alone where there are any), finite, and (BINS,) counts
        of the gradients between `low` and `high`.
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
        "ratio": _norm([changes[i] for i in kernels])
        / jnp.maximum(_norm([weights[i] for i in kernels]), 1e-30),
        "start_is_zero": _norm([weights[i] for i in kernels]) == 0,
        "finite": finite.all(),
        "low": low,
        "high": high,
        "counts": histogram(safe, low, high),
    }


def _norm(arrays):
    return jnp.sqrt(sum(jnp.sum(jnp.asarray(a, jnp.float32) ** 2) for a in arrays))


def _rms(arrays):
    return _norm(arrays) / jnp.sqrt(float(max(sum(a.size for a in arrays), 1)))


class Recorder:
    """Notes what the layers of a run give; `attach` is the `watch` of `apply`.

    Args:
        layers: those to note, leaves of the model.
        valid: as in `output_statistics`.
    """

    def __init__(self, layers, valid):
        self._layers, self._valid = set(map(id, layers)), valid
        self._level = None
        self.outputs, self.inputs = {}, {}  # {layer: numbers or None}

    def attach(self, context):
        """Let the bound copies of the layers tell what they give."""
        self._level = _trace_level()
        for copy in list(context.copies.values()):
            layer = introspection.original(copy)
            if id(layer) in self._layers:
                copy.__dict__["call"] = self._telling(layer, copy.call)

    def _telling(self, layer, call):
        def told(*args, **kwargs):
            y = call(*args, **kwargs)
            # Values inside a loop or a map of JAX are not known outside of it.
            if layer not in self.inputs and _trace_level() == self._level:
                output, given = _first_float(y), _first_float((args, kwargs))
                has_output = output is not None and output.ndim
                self.outputs[layer] = (
                    output_statistics(layer, output, self._valid)
                    if has_output
                    else None
                )
                self.inputs[layer] = (
                    None
                    if given is None
                    else jnp.abs(jnp.asarray(given, jnp.float32)).max()
                )
            return y

        return told


def _first_float(tree):
    for leaf in jax.tree.leaves(tree):
        if hasattr(leaf, "dtype") and jnp.issubdtype(leaf.dtype, jnp.floating):
            return leaf
    return None


def _trace_level():
    """What JAX is tracing now; another within the body of a loop."""
    return get_opaque_trace_state(convention="nbkeras")
