"""Regularizers against real Keras: value and gradient."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from weight_cases import REGULARIZERS

from nbkeras.core.serialization.configurable import as_dict
from nbkeras.ops import regularizers

ALL = [(name, config) for name, rows in REGULARIZERS.items() for config in rows]


@pytest.mark.parametrize(("name", "config"), ALL)
@pytest.mark.parametrize("shape", [(4, 3), (2, 6)])
def test_penalty_and_gradient_equal_keras(name, config, shape):
    ours = regularizers.registry.lookup(name)(**config)
    theirs = getattr(keras.regularizers, name)(**config)
    x = jnp.asarray(np.random.default_rng(0).normal(size=shape), "float32")
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-5)
    if config != {} or name != "L1L2":
        grads = jax.grad(lambda a: ours(a))(x), jax.grad(lambda a: theirs(a))(x)
        np.testing.assert_allclose(*grads, rtol=1e-5, atol=1e-7)


def test_l2_is_the_plain_sum_of_squares():
    assert float(regularizers.L2(0.5)(np.array([1.0, 2.0], "float32"))) == 2.5


@pytest.mark.parametrize("name", ["l1", "l2", "l1_l2", "l1l2", "L1L2"])
def test_function_spellings_are_known(name):
    assert regularizers.get(name)(np.ones((2, 2), "float32")).shape == ()


@pytest.mark.parametrize(("name", "config"), ALL)
def test_config_is_read_by_keras_and_back(name, config):
    ours = regularizers.registry.lookup(name)(**config)
    theirs = keras.saving.deserialize_keras_object(as_dict(ours))
    back = regularizers.deserialize(keras.saving.serialize_keras_object(theirs))
    assert back.get_config() == pytest.approx(ours.get_config()) or (
        back.mode == ours.mode
    )


@pytest.mark.parametrize("value", [-1, "a", True, float("inf")])
def test_strength_must_be_a_number_of_at_least_zero(value):
    with pytest.raises(ValueError, match=r"Write for example L2\(l2=0.01\)"):
        regularizers.L2(value)


def test_orthogonal_regularizer_is_for_matrices():
    with pytest.raises(ValueError, match="kernel_regularizer='l2'"):
        regularizers.OrthogonalRegularizer()(np.ones(3, "float32"))


def test_misspelt_regularizer_gets_the_nearest_name():
    with pytest.raises(ValueError, match="Did you mean"):
        regularizers.get("l12")
