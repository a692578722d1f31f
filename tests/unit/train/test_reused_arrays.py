"""Steps that keep the memory of large intermediate arrays."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nbkeras import Input, Sequential
from nbkeras.analysis import lr_find
from nbkeras.core.machine import memory
from nbkeras.layers import Conv2D, Dense, Flatten
from nbkeras.train.reused_arrays import ReusingStep, large_arrays

WIDTH = 2048


def step(ts, batch):
    """A step of three products, whose hidden arrays are as large as the batch."""

    def loss(weights):
        x = batch
        for weight in weights:
            x = jnp.tanh(x @ weight)
        return jnp.mean(x**2)

    value, grads = jax.value_and_grad(loss)(ts)
    return [w - g for w, g in zip(ts, grads, strict=True)], value


def state():
    draw = np.random.default_rng(0)
    return [jnp.asarray(draw.normal(size=(64, 64)) / 8, jnp.float32) for _ in range(3)]


def rows(count, seed=0):
    return np.random.default_rng(seed).normal(size=(count, 64)).astype("float32")


def test_values_are_those_of_a_jitted_step_also_after_a_batch_of_another_shape():
    reusing, plain = ReusingStep(step), jax.jit(step)
    ours, theirs = state(), state()
    for turn, count in enumerate((40_000, 40_000, 50_000, 40_000, 8, 40_000)):
        batch = rows(count, turn)
        ours, loss = reusing(ours, batch)
        theirs, expected = plain(theirs, batch)
        np.testing.assert_allclose(loss, expected, rtol=1e-5)
        for weight, right in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(weight, right, rtol=1e-4, atol=1e-6)


def test_large_arrays_stay_where_they_are_from_step_to_step():
    reusing, ts = ReusingStep(step), state()
    places = []
    for turn in range(4):
        ts, _ = reusing(ts, rows(40_000, turn))
        (arrays,) = reusing._arrays.values()
        places.append({array.unsafe_buffer_pointer() for array in arrays})
    assert len(places[0]) >= 2
    assert places[1] == places[2] == places[3]
    reusing.release()
    assert not reusing._arrays


def test_a_small_step_keeps_nothing():
    reusing = ReusingStep(step)
    for turn in range(2):
        reusing(state(), rows(64, turn))
    assert not reusing._arrays
    assert not any(reusing._programs.values())


def test_without_room_for_them_nothing_is_kept(monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 1 << 20)
    reusing = ReusingStep(step)
    _, loss = reusing(state(), rows(40_000))
    assert np.isfinite(loss)
    assert not reusing._arrays


def test_a_failed_call_is_followed_by_one_that_works():
    reusing = ReusingStep(step)
    ts, _ = reusing(state(), rows(40_000))
    deleted = state()
    for weight in deleted:
        weight.delete()
    with pytest.raises(RuntimeError, match="deleted"):
        reusing(deleted, rows(40_000))
    _, loss = reusing(ts, rows(40_000))
    assert np.isfinite(loss)


def test_arrays_between_the_passes_are_kept_and_what_is_recomputed_is_not():
    closed = jax.make_jaxpr(step)(state(), rows(40_000))
    kept = large_arrays(closed)
    made = {var: eqn for eqn in closed.jaxpr.eqns for var in eqn.outvars}
    assert kept
    for var in kept:
        assert var.aval.shape == (40_000, 64)
        assert var not in closed.jaxpr.outvars
        uses = [eqn for eqn in closed.jaxpr.eqns if var in eqn.invars]
        names = {eqn.primitive.name for eqn in [made[var], *uses]}
        assert names & {"dot_general", "jit", "pjit"}


X = np.random.default_rng(0).random((64, 64, 64, 3)).astype("float32")
Y = np.eye(4)[np.arange(64) % 4]


def convolutions():
    """A compiled network with large arrays."""
    model = Sequential(
        [
            Input((64, 64, 3)),
            Conv2D(32, 3, padding="same", activation="relu"),
            Conv2D(16, 3, padding="same", activation="relu"),
            Flatten(),
            Dense(4),
        ]
    )
    model.compile("adam", "mse")
    model.set_weights([np.full(w.shape, 0.01) for w in model.get_weights()])
    return model


def test_a_fit_gives_the_same_weights_and_leaves_no_arrays(monkeypatch):
    def fitted():
        model = convolutions()
        model.fit(X, Y, batch_size=32, epochs=2, shuffle=False, verbose=0)
        return model

    ours = fitted()
    (kept,) = (s for s in ours.compiled_steps._steps.values())
    assert any(kept._programs.values())
    assert not kept._arrays
    monkeypatch.setattr("nbkeras.train.reused_arrays.KEPT_BY_MALLOC", 1 << 40)
    for weight, right in zip(ours.get_weights(), fitted().get_weights(), strict=True):
        np.testing.assert_allclose(weight, right, rtol=1e-4, atol=1e-6)


def test_a_search_for_a_learning_rate_leaves_no_arrays():
    model = convolutions()
    lr_find(model, X, Y, batch_size=32, steps=4)
    (kept,) = (s for s in model.compiled_steps._steps.values())
    assert any(kept._programs.values())
    assert not kept._arrays
