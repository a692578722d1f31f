"""Every activation against real Keras: value and gradient."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbkeras.ops import activations

EXTRA = {"threshold": (0.3, -1.0)}
KINKS = np.array([-6, -3, -1, -0.5, 0, 0.5, 1, 3, 6], "float32")


def _same(ours, theirs, x):
    weigh = jnp.linspace(0.5, 2.0, ours(x).size).reshape(ours(x).shape)

    @jax.jit
    def both(a):
        return [
            (f(a), jax.grad(lambda b, f=f: jnp.sum(f(b) * weigh))(a))
            for f in (ours, theirs)
        ]

    (y1, g1), (y2, g2) = both(x)
    np.testing.assert_allclose(y1, y2, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(g1, g2, rtol=1e-5, atol=1e-6)


# Keras's own sums cumulative sums where the paper sums values: see the test below.
# Keras 3 does not have that of Keras 2 any more: its formula is worked out below.
NOT_COMPARED = {"sparsemax", "hard_sigmoid_keras2"}
COMPARED = sorted(set(activations.registry.names()) - NOT_COMPARED)


@pytest.mark.parametrize("name", COMPARED)
@given(rows=st.integers(1, 4), pairs=st.integers(1, 5), seed=st.integers(0, 2**16))
def test_activation_and_its_gradient_equal_keras(name, rows, pairs, seed):
    x = np.random.default_rng(seed).normal(0, 3, (rows, 2 * pairs)).astype("float32")
    extra = EXTRA.get(name, ())
    ours, theirs = activations.get(name), getattr(keras.activations, name)
    _same(lambda a: ours(a, *extra), lambda a: theirs(a, *extra), jnp.asarray(x))


@pytest.mark.parametrize("name", sorted(set(COMPARED) - {"glu"}))
def test_activation_equals_keras_at_its_kinks(name):
    extra = EXTRA.get(name, ())
    ours, theirs = activations.get(name), getattr(keras.activations, name)
    x = jnp.asarray(KINKS)[None]
    _same(lambda a: ours(a, *extra), lambda a: theirs(a, *extra), x)


def _projected(v):
    """The simplex point nearest to `v`, by bisection for the threshold."""
    low, high = v.min() - 1, v.max()
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if np.maximum(v - middle, 0).sum() > 1 else (low, middle)
        )
    return np.maximum(v - low, 0)


@pytest.mark.parametrize("axis", [0, -1])
def test_sparsemax_is_the_nearest_point_of_the_simplex(axis):
    x = np.random.default_rng(3).normal(0, 1, (4, 5))
    wanted = np.apply_along_axis(_projected, axis, x)
    got = activations.sparsemax(jnp.asarray(x), axis)
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("negative_slope", [0.0, 0.1])
@pytest.mark.parametrize("max_value", [None, 2.0, 6.0])
@pytest.mark.parametrize("threshold", [0.0, 0.5])
def test_relu_with_settings_equals_keras(negative_slope, max_value, threshold):
    settings = {
        "negative_slope": negative_slope,
        "max_value": max_value,
        "threshold": threshold,
    }
    x = jnp.asarray(KINKS + 0.01)
    _same(
        lambda a: activations.relu(a, **settings),
        lambda a: keras.activations.relu(a, **settings),
        x,
    )


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmaxes_work_along_any_axis(name, axis):
    x = jnp.asarray(np.random.default_rng(1).normal(size=(3, 4, 5)), "float32")
    ours, theirs = activations.get(name), getattr(keras.activations, name)
    _same(lambda a: ours(a, axis=axis), lambda a: theirs(a, axis=axis), x)


def test_sparsemax_gives_true_zeros_that_leave_a_sum_of_one():
    y = np.asarray(activations.sparsemax(jnp.array([3.0, 2.9, 0.0])))
    np.testing.assert_allclose(y, [0.55, 0.45, 0.0], rtol=1e-5)


def test_none_is_the_linear_activation():
    assert activations.get(None) is activations.linear


def test_swish_is_another_name_of_silu():
    assert activations.get("swish") is activations.silu


def test_every_keras_name_is_known():
    names = keras.src.activations.ALL_OBJECTS_DICT
    assert [name for name in names if name not in activations.registry] == []


def test_misspelt_activation_gets_the_nearest_name():
    with pytest.raises(ValueError, match="Did you mean 'softmax'"):
        activations.get("sofmax")


def test_activation_survives_being_saved():
    assert activations.deserialize(activations.serialize(activations.gelu)) is (
        activations.gelu
    )


def test_activation_saved_by_keras_as_a_function_loads():
    config = {"class_name": "function", "config": "relu", "module": "builtins"}
    assert activations.deserialize(config) is activations.relu


def test_custom_activation_loads_from_custom_objects():
    def double(x):
        return 2 * x

    saved = activations.serialize(double)
    assert activations.deserialize(saved, {"double": double}) is double


def test_the_hard_sigmoid_of_keras_2_is_steeper():
    found = activations.get("hard_sigmoid_keras2")(np.array([-4, -1, 0, 2, 3]))
    np.testing.assert_allclose(found, [0, 0.3, 0.5, 0.9, 1], rtol=1e-6)


def test_the_backward_pass_of_relu_keeps_its_output_and_not_its_input():
    x = jnp.linspace(-2.0, 2.0, 9)
    y, pull = jax.vjp(activations.relu, x)
    np.testing.assert_array_equal(y, jnp.maximum(x, 0))
    np.testing.assert_array_equal(pull(jnp.ones(9))[0], x > 0)
    hessian = jax.hessian(lambda x: activations.relu(x).sum())(x)
    np.testing.assert_array_equal(hessian, np.zeros((9, 9)))
    closed = jax.make_jaxpr(lambda x: jax.vjp(activations.relu, x * 2)[1])(x)
    doubled = closed.jaxpr.eqns[0].outvars[0]
    kept = [eqn for eqn in closed.jaxpr.eqns if doubled in eqn.invars]
    assert len(kept) == 1  # the maximum; the mask is made of its result
