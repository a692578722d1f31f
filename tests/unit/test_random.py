"""beta, binomial and gamma: draws of the right form, mean and spread; repeatable."""

import jax
import keras
import numpy as np
import pytest

from nbkeras import random

N = 20_000
# name, arguments, mean and variance by the formulas of the distributions
CASES = [
    ("beta", (2.0, 6.0), 2 / 8, 12 / (64 * 9)),
    ("binomial", (10.0, 0.3), 3.0, 2.1),
    ("gamma", (4.0,), 4.0, 4.0),
]
every = pytest.mark.parametrize(("name", "arguments", "mean", "variance"), CASES)


@every
def test_draws_have_the_mean_and_the_spread_of_their_distribution(
    name, arguments, mean, variance
):
    drawn = np.asarray(getattr(random, name)((N,), *arguments, seed=3))
    # Five standard errors: wrong once in a million by chance.
    assert abs(drawn.mean() - mean) < 5 * np.sqrt(variance / N)
    assert abs(drawn.var() / variance - 1) < 0.1
    again = np.asarray(getattr(random, name)((N,), *arguments, seed=3))
    np.testing.assert_array_equal(drawn, again)


@every
def test_parameters_are_broadcast_as_in_keras(name, arguments, mean, variance):
    arrays = [np.full((2, 1), value) for value in arguments]
    ours = getattr(random, name)((2, 5), *arrays, seed=1)
    theirs = getattr(keras.random, name)((2, 5), *arrays, seed=1)
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
    # Keras itself refuses arrays of parameters in 16 bits.
    assert getattr(random, name)((2, 5), *arrays, "float16").dtype == "float16"


def test_a_generator_gives_new_numbers_each_time():
    source = random.SeedGenerator(5)
    assert random.gamma((), 2.0, seed=source) != random.gamma((), 2.0, seed=source)


@pytest.mark.parametrize("key", [jax.random.key, jax.random.PRNGKey])
def test_a_key_of_jax_is_a_seed_as_in_keras(key):
    ours = random.normal((3,), seed=key(4))
    np.testing.assert_array_equal(ours, jax.random.normal(jax.random.key(4), (3,)))
    theirs = keras.random.normal((3,), seed=jax.random.PRNGKey(4))
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)
