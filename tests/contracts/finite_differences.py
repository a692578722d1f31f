"""Slopes by finite differences in float64, printed as JSON: {name: relative error}.

A program of its own, since float64 (JAX_ENABLE_X64) is chosen for a whole process.
"""

import json

import attention_cases
import jax
import jax.numpy as jnp
import layer_cases
import loss_cases
import metric_cases
import numpy as np

from nbkeras import backend, layers, losses, metrics
from nbkeras.layers.engine.functional_call import apply, values_of

STEP = 1e-6
# Steps and jumps, and estimates whose slope is left out on purpose.
NOT_SMOOTH = {"Discretization", "CategoryEncoding", "SpectralNormalization"}
NOT_SMOOTH |= {name for name, *_ in [*layer_cases.AUGMENT, *layer_cases.DROPOUT]}
NOT_SMOOTH |= {name for name, *_ in layer_cases.ON_PICTURES + layer_cases.CONTRAST}
SMOOTH_METRICS = {row[0] for row in metric_cases._LOSSES} | {"R2Score", "Mean"}


def error(function, *at):
    """|finite difference - slope| of a scalar function in one direction, as a share.

    The share is that of the slope's summands, the parts along each coordinate: they may
    cancel, and the rounding of the difference does not shrink with their sum.
    """
    rng = np.random.default_rng(1)
    leaves, tree = jax.tree.flatten(at)
    ways = [rng.normal(size=np.shape(leaf)) for leaf in leaves]

    @jax.jit
    def probe(leaves):
        f = lambda given: function(*jax.tree.unflatten(tree, given))  # noqa: E731
        parts = [g * v for g, v in zip(jax.grad(f)(leaves), ways, strict=True)]
        slope = sum(map(jnp.sum, parts))
        size = sum(jnp.sum(jnp.abs(part)) for part in parts)
        ends = [
            f([a + sign * STEP * v for a, v in zip(leaves, ways, strict=True)])
            for sign in (1, -1)
        ]
        return (ends[0] - ends[1]) / (2 * STEP), slope, size

    difference, slope, size = probe([jnp.asarray(leaf, "float64") for leaf in leaves])
    assert slope.dtype == "float64", slope.dtype
    return float(abs(difference - slope) / max(size, 1e-3))


def weighed(y):
    """A sum in which every entry counts differently."""
    return jnp.sum(y * jnp.cos(jnp.arange(float(y.size))).reshape(y.shape))


def layer_error(name, settings, template, kind):
    look_up = layers.registry.lookup
    ready = {k: v(look_up) if callable(v) else v for k, v in settings.items()}
    layer = look_up(name)(**ready)
    shape = tuple({"b": 2, None: 4}.get(n, n) for n in template)
    rng = np.random.default_rng(0)
    x = rng.integers(0, 5, shape) if kind == "ids" else rng.normal(size=shape)
    layer.build_for(x)
    values = {path: np.asarray(v) for path, v in values_of(layer).items()}
    fixed = {k: v for k, v in values.items() if v.dtype.kind != "f"}
    moving = {
        k: v + rng.uniform(0.1, 0.2, v.shape)
        for k, v in values.items()
        if k not in fixed
    }

    def run(values, x):
        got = apply(layer, {**fixed, **values}, x, training=True)
        return weighed(got.y) + sum(map(jnp.sum, got.losses))

    if kind == "ids":
        return error(lambda values: run(values, x), moving)
    return error(run, moving, x)


def attention_error(name, settings, shapes):
    layer = layers.registry.lookup(name)(**settings)
    xs = [np.random.default_rng(n).normal(size=s) for n, s in enumerate(shapes)]
    layer(*attention_cases.arguments(name, xs))
    values = {path: np.asarray(v) + 0.1 for path, v in values_of(layer).items()}

    def run(values, xs):
        return weighed(apply(layer, values, *attention_cases.arguments(name, xs)).y)

    return error(run, values, xs)


def main():
    backend.set_floatx("float64")
    found = {}
    for name, *row in layer_cases.ALL + layer_cases.OLD:
        if name not in NOT_SMOOTH and name not in found:
            found[name] = layer_error(name, *row)
    for name, settings, shapes in layer_cases.MERGE:
        if name not in found:
            layer = layers.registry.lookup(name)(**settings)
            xs = [np.random.default_rng(n).normal(size=s) for n, s in enumerate(shapes)]
            found[name] = error(lambda xs, layer=layer: weighed(layer(xs)), xs)
    for name, settings, shapes in attention_cases.ALL:
        if name not in found:
            found[name] = attention_error(name, settings, shapes)
    for name, settings, y, p in loss_cases.CASES:
        loss = getattr(losses, name)(**settings, dtype="float64")
        if f"loss {name}" not in found:
            found[f"loss {name}"] = error(lambda q, f=loss, y=y: f(y, q).sum(), p)
    for name, settings, kind in metric_cases.CASES:
        if name in SMOOTH_METRICS and f"metric {name}" not in found:
            metric = getattr(metrics, name)(**settings)
            y, p = metric_cases.batch(kind, 5)
            y, p = (p, y) if p is None else (y, p)

            def value(q, y=y, metric=metric):
                given = (q, None) if y is None else (y, q)
                return jnp.sum(metric.result_of(metric.update(metric.init(), *given)))

            found[f"metric {name}"] = error(value, p)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
