"""Run a layer of ours and Keras's of the same settings on equal weights and inputs."""

import inspect

import jax
import jax.numpy as jnp
import keras
import numpy as np
from hypothesis import strategies as st
from tolerances import QUICKLY_COMPILED, relative_gap, size_of, size_of_summands

from nbkeras.core.serialization.configurable import as_dict
from nbkeras.layers.engine.functional_call import apply, values_of
from nbkeras.layers.engine.registry import registry

TOLERANCE = 1e-5
# Further draws that say how large the sums are that an output or a gradient is.
SCALE_DRAWS = 3


def shapes(*template):
    """Strategy for shapes: numbers stay, None is drawn from 3 to 6, "b" from 1 to 3."""
    sizes = {None: st.integers(3, 6), "b": st.integers(1, 3)}
    return st.tuples(*(sizes.get(n, st.just(n)) for n in template))


@st.composite
def inputs(draw, template, kind="normal"):
    """Strategy for arrays: a shape of `template`, and values of any seed."""
    shape = draw(shapes(*template))
    return random_input(shape, kind, draw(st.integers(0, 2**16)))


def pair(name, config):
    """Our layer and Keras's; values that are functions are called for each side."""
    ours = {
        k: v(registry.lookup) if inspect.isfunction(v) else v for k, v in config.items()
    }
    look_up = lambda layer: getattr(keras.layers, layer)  # noqa: E731
    theirs = {k: v(look_up) if inspect.isfunction(v) else v for k, v in config.items()}
    return registry.lookup(name)(**ours), getattr(keras.layers, name)(**theirs)


def random_input(shape, kind="normal", seed=0):
    """Values of `shape`: "normal", "small", "unit" (0 to 1), "ids" (0 to 4)."""
    generator = np.random.default_rng(seed)
    if kind == "ids":
        return generator.integers(0, 5, shape).astype("int32")
    if kind == "unit":
        return generator.random(shape, dtype="float32")
    values = generator.normal(size=shape).astype("float32")
    # Saturated activations turn rounding into relative errors of their slopes.
    return values * 0.1 if kind == "small" else values


def share_weights(ours, theirs, x):
    """Build both and give them the same random weights, in Keras's order."""
    ours.build_for(x)
    if not theirs.built:
        theirs.build(x.shape)
    generator = np.random.default_rng(1)
    assert [w.shape for w in ours.weights] == [tuple(w.shape) for w in theirs.weights]
    assert [w.name for w in ours.weights] == [w.name for w in theirs.weights]
    values = [
        np.zeros(w.shape, "int32")
        if w.dtype == "int32"
        else generator.uniform(0.5, 1.5, w.shape).astype("float32")
        for w in ours.weights
    ]
    ours.set_weights(values)
    theirs.set_weights(values)
    if hasattr(theirs, "finalize_state"):
        theirs.finalize_state()


def differences(ours, theirs, x, training=False, **kwargs):
    """Differences of output, gradients, new state and added losses.

    Each is a share of what was summed. For the total that is known; for the others it
    is the largest value over further draws: an output and a gradient are sums over
    inputs and places, and where they cancel for one order of the inputs and one choice
    of signs, they do not for the others.
    """
    share_weights(ours, theirs, x)
    floating = np.issubdtype(np.asarray(x).dtype, np.floating)
    names = [p for p, w in ours.weights_by_path().items() if not w.carried]
    trained = ours.trainable_paths()
    theirs_order = [w.path for w in theirs.trainable_weights]
    ours_order = [n for n in names if n in trained]
    assert len(theirs_order) == len(ours_order)
    state = [w.value for w in theirs.non_trainable_variables]

    takes_training = "training" in inspect.signature(theirs.call).parameters
    said = {"training": training} if takes_training else {}

    def summands(y, losses, weigh):
        parts = [jnp.ravel(loss) for loss in losses]
        if jnp.issubdtype(y.dtype, jnp.floating):
            parts.append(jnp.ravel(y * weigh))
        return jnp.concatenate([jnp.zeros(1), *parts])

    def our_run(params, a, weigh):
        values = {**values_of(ours), **params}
        got = apply(ours, values, a, training=training, **kwargs)
        # Keras counts penalties on weights among a layer's losses.
        penalties = [
            weight.regularizer(values[path])
            for path, weight in ours.weights_by_path().items()
            if weight.regularizer and path in ours_order
        ]
        parts = summands(got.y, [*got.losses, *penalties], weigh)
        return jnp.sum(parts), (got.y, got.updates, parts)

    def their_run(params, a, weigh):
        y, new, losses = theirs.stateless_call(
            params, state, a, return_losses=True, **said, **kwargs
        )
        parts = summands(y, losses, weigh)
        return jnp.sum(parts), (y, new, parts)

    values = values_of(ours)
    ours_in = {n: values[n] for n in ours_order}
    theirs_in = [w.value for w in theirs.trainable_weights]
    shape = jax.eval_shape(
        lambda p: apply(ours, {**values, **p}, x, training=training, **kwargs).y,
        ours_in,
    ).shape
    weigh = jnp.asarray(np.random.default_rng(2).normal(size=shape), "float32")
    which = (0, 1) if floating else (0,)
    run, run_theirs = (
        jax.jit(
            jax.value_and_grad(function, which, True),
            compiler_options=QUICKLY_COMPILED,
        )
        for function in (our_run, their_run)
    )
    (v1, (y1, new1, _)), g1 = run(ours_in, x, weigh)
    (v2, (y2, new2, parts)), g2 = run_theirs(theirs_in, x, weigh)
    assert y1.dtype == y2.dtype
    others = [
        run_theirs(theirs_in, *_drawn_anew(x, weigh, seed))
        for seed in range(SCALE_DRAWS)
    ]

    def gap(mine, other, select):
        scale = max(size_of(select(*drawn)) for drawn in others)
        return relative_gap(mine, other, max(size_of(other), scale))

    found = {
        "output": gap(y1, y2, lambda value, slopes: value[1][0]),
        "total": relative_gap(v1, v2, size_of_summands(parts)),
    }
    for at, name in enumerate(ours_order):
        found[f"gradient of {name}"] = gap(
            g1[0][name], g2[0][at], lambda value, slopes, at=at: slopes[0][at]
        )
    if floating:
        found["gradient of x"] = gap(g1[1], g2[1], lambda value, slopes: slopes[1])
    frozen = [n for n in names if n not in trained]
    for at, name in enumerate(frozen):
        found[f"new {name}"] = gap(
            new1.get(name, values[name]),
            new2[at],
            lambda value, slopes, at=at: value[1][1][at],
        )
    return found


def _drawn_anew(x, weigh, seed):
    """The same inputs in another order, and the weights of the total with other signs."""
    generator = np.random.default_rng(seed)
    x = generator.permutation(np.ravel(x)).reshape(np.shape(x))
    return x, weigh * generator.choice([-1.0, 1.0], weigh.shape).astype("float32")


def assert_equal(name, config, x, training=False, within=TOLERANCE, **kwargs):
    """The layer called `name` does what Keras's does, to 1e-5."""
    ours, theirs = pair(name, config)
    found = differences(ours, theirs, x, training, **kwargs)
    assert max(found.values()) < within, found
    return max(found.values())


def assert_case_equal(case, within=3e-5):
    """Output and gradients of a layer case equal Keras's, at sizes of 2 and 5."""
    name, config, template, kind = case
    shape = tuple({"b": 2, None: 5}.get(size, size) for size in template)
    gaps = differences(*pair(name, config), random_input(shape, kind))
    assert max(gaps.values()) < within, gaps


def assert_config_travels(name, config):
    """Keras reads our config, and we read Keras's."""
    ours, theirs = pair(name, config)
    read_by_keras = keras.layers.deserialize(as_dict(ours))
    back = registry.get(keras.layers.serialize(read_by_keras))
    assert type(back) is type(ours)
    assert _plain(back.get_config()) == _plain(ours.get_config())
    from_theirs = registry.get(keras.layers.serialize(theirs))
    assert _plain(from_theirs.get_config()) == _plain(ours.get_config())


def _plain(value):
    """Tuples as lists, floats as float32 shows them, names left out."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if k != "name"}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return round(value, 6) if isinstance(value, float) else value
