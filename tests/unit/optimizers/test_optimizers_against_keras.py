"""Every optimizer beside real Keras: thirty steps, then what may be set and read.

Five kinds of gradient run side by side, each from zero and from random weights, with a
lower learning rate from the middle on.
"""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from optimizer_cases import CASES, SCHEDULES

from nbkeras import optimizers

STEPS, FIRST, THEN = 30, 0.02, 0.005
SHAPES = {"bias": (3,), "conv": (2, 2, 3, 2), "kernel": (4, 3)}
RATES = np.where(np.arange(STEPS) < STEPS // 2, FIRST, THEN).astype("float32")
IDS = [f"{name}-{number}" for number, (name, _) in enumerate(CASES)]
every = pytest.mark.parametrize(("name", "settings"), CASES, ids=IDS)


def gradients(kind, rng):
    def one(shape):
        g = rng.normal(size=(STEPS, *shape)) + 0.3
        if kind == "sparse":
            g = np.where(rng.random(g.shape) < 0.8, 0.0, g)
        return {"tiny": 1e-6, "huge": 1e6, "zero": 0.0}.get(kind, 1.0) * g

    return {path: one(shape).astype("float32") for path, shape in SHAPES.items()}


KINDS = ["normal", "tiny", "huge", "zero", "sparse"]


def lanes():
    """Starts and gradients with an axis of ten in front: kinds, from zero and not."""
    rng = np.random.default_rng(0)
    each = [gradients(kind, rng) for kind in KINDS] * 2
    begin = [
        {
            p: (rng.normal(size=s) * (n >= 5)).astype("float32")
            for p, s in SHAPES.items()
        }
        for n in range(10)
    ]
    stack = lambda trees: jax.tree.map(lambda *a: np.stack(a), *trees)  # noqa: E731
    return stack(begin), stack(each)


START, GRADIENTS = lanes()


def only(tree, optimizer):
    """Without the kernel of four axes, but where an optimizer looks at axes."""
    keep = SHAPES if type(optimizer).__name__ == "Adafactor" else ("bias", "kernel")
    return {path: tree[path] for path in keep}


def our_path(optimizer):
    def walk(params, grads):
        def step(carry, given):
            params, state = carry
            g, rate = given
            changes, state = optimizer.update(
                g, {**state, "learning_rate": rate}, params
            )
            params = {p: w + changes[p] for p, w in params.items()}
            return (params, state), params

        state = optimizer.init_missing(None, params)
        (last, state), path = jax.lax.scan(step, (params, state), (grads, RATES))
        return path, optimizer.finalize(last, state)

    given = only(START, optimizer), only(GRADIENTS, optimizer)
    return jax.jit(jax.vmap(walk))(*given)


def their_path(optimizer):
    shapes = only(SHAPES, optimizer)
    weights = [keras.Variable(np.zeros(s), name=p) for p, s in shapes.items()]
    optimizer.build(weights)
    rate_at = [v is optimizer._learning_rate for v in optimizer.variables].index(True)
    begun = optimizer._model_variables_moving_average if optimizer.use_ema else []
    if isinstance(optimizer, keras.optimizers.ScheduleFreeAdamW):
        begun = optimizer._momentums
    averages = [
        number
        for number, v in enumerate(optimizer.variables)
        if any(v is each for each in begun)
    ]

    def walk(params, grads):
        def step(carry, given):
            params, state = carry
            g, rate = given
            state = [rate if n == rate_at else v for n, v in enumerate(state)]
            params, state = optimizer.stateless_apply(state, list(g.values()), params)
            return (params, state), dict(zip(shapes, params, strict=True))

        state = [v.value for v in optimizer.variables]
        # Averages begin where the weights do.
        for number, value in zip(averages, params.values(), strict=False):
            state[number] = value
        (last, state), path = jax.lax.scan(
            step, (list(params.values()), state), (grads, RATES)
        )
        if optimizer.use_ema:
            last = [state[number] for number in averages]
        return path, dict(zip(shapes, last, strict=True))

    given = only(START, optimizer), only(GRADIENTS, optimizer)
    return jax.jit(jax.vmap(walk))(*given)


def gap(ours, theirs, path):
    """Largest difference in each lane, relative to the lane's largest weight."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    axes = tuple(range(1, ours.ndim))
    begin = np.abs(START[path]).max(tuple(range(1, START[path].ndim)))
    size = np.maximum(np.nan_to_num(np.abs(theirs)).max(axes), np.maximum(begin, 1e-30))
    # Adafactor of Keras ends in NaN where gradients are rare; ours does not.
    return np.where(
        np.isnan(theirs).any(axes), 0, np.abs(ours - theirs).max(axes) / size
    )


@every
def test_thirty_steps_end_where_those_of_keras_end(name, settings):
    ours, end = our_path(getattr(optimizers, name)(FIRST, **settings))
    theirs, their_end = their_path(getattr(keras.optimizers, name)(FIRST, **settings))
    for path in ours:
        assert np.isfinite(np.asarray(ours[path])).all()
        for mine, other in ((ours, theirs), (end, their_end)):
            gaps = gap(mine[path], other[path], path)
            assert gaps.max() < 1e-5, dict(zip(KINDS * 2, gaps.tolist(), strict=False))


@pytest.mark.parametrize(("name", "given", "settings"), SCHEDULES)
def test_a_schedule_gives_the_rates_of_keras(name, given, settings):
    ours = getattr(optimizers.schedules, name)(*given, **settings)
    theirs = getattr(keras.optimizers.schedules, name)(*given, **settings)
    steps = np.arange(60)
    expected = np.array([theirs(int(step)) for step in steps[::7]])
    np.testing.assert_allclose(jax.vmap(ours)(steps)[::7], expected, 1e-5, 1e-8)
    assert ours.get_config() == theirs.get_config()
    read = keras.optimizers.schedules.deserialize(optimizers.schedules.serialize(ours))
    assert read.get_config() == theirs.get_config()
    back = optimizers.schedules.deserialize(
        keras.optimizers.schedules.serialize(theirs)
    )
    assert back.get_config() == theirs.get_config()


@every
def test_a_config_travels_to_keras_and_back(name, settings):
    ours = getattr(optimizers, name)(0.125, **settings)
    theirs = getattr(keras.optimizers, name)(0.125, **settings, name=ours.name)
    if name != "Lamb":  # which Keras 3.15 cannot read itself
        read = keras.optimizers.deserialize(optimizers.serialize(ours))
        assert read.get_config() == theirs.get_config()
    back = optimizers.deserialize(keras.optimizers.serialize(theirs))
    assert back.get_config() == ours.get_config()
    assert type(optimizers.get(name.lower())) is type(ours)


def by_hand(module, variable, name, settings, steps=4):
    """A small run with `apply`: weights after it and the optimizer."""
    weights = [variable(START[p][5], p) for p in ("bias", "kernel")]
    optimizer = getattr(module, name)(FIRST, **settings)
    for step in range(steps):
        optimizer.apply([GRADIENTS[p][0][step] for p in ("bias", "kernel")], weights)
    return weights, optimizer


class Weight:
    """What `apply` needs of a weight."""

    def __init__(self, value, path):
        self.value, self.path = jnp.asarray(value), path

    def assign(self, value):
        self.value = value


def keras_weight(value, path):
    return keras.Variable(value, name=path)


@pytest.mark.parametrize(
    ("name", "settings"),
    [CASES[3], CASES[6], CASES[10], ("Muon", {})],
    ids=["SGD", "RMSprop", "Adam", "Muon"],
)
def test_the_state_stands_in_the_order_in_which_keras_keeps_it(name, settings):
    weights, ours = by_hand(optimizers, Weight, name, settings)
    expected, theirs = by_hand(keras.optimizers, keras_weight, name, settings)
    for mine, other in zip(weights, expected, strict=True):
        np.testing.assert_allclose(mine.value, other.value, 1e-5, 1e-7)
    assert len(ours.variables) == len(theirs.variables)
    for mine, other in zip(ours.variables, theirs.variables, strict=True):
        np.testing.assert_allclose(mine, other.numpy(), 1e-5, 1e-7, err_msg=other.path)
    assert int(ours.iterations) == int(theirs.iterations)
