"""beta, binomial and gamma: draws of the right form, mean and spread; repeatable."""

import jax
import keras
import numpy as np
import pytest

import nbkeras
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


ONES = np.ones((3, 4), "float32")
LOGITS = np.log(np.array([[0.1, 0.2, 0.7], [0.3, 0.3, 0.4]], "float32"))
SEEDED = [
    ("uniform", ((2,),), {}),
    ("uniform", ((2, 3), -3.0, 4.0, "bfloat16"), {}),
    ("normal", ((2, 3), 1.0, 2.0), {}),
    ("truncated_normal", ((2, 3), 0.5, 3.0, "float16"), {}),
    ("randint", ((2, 3), -3, 400), {}),
    ("categorical", (LOGITS, 5), {}),
    ("gamma", ((2, 3), 2.5), {}),
    ("beta", ((2, 3), 2.5, 0.5), {}),
    ("binomial", ((2, 3), 20, 0.3), {}),
    ("dropout", (ONES, 0.4), {}),
    ("dropout", (ONES, 0.4), {"noise_shape": (None, 1)}),
    ("dropout", (ONES.astype("float16"), 1.0), {}),
    ("shuffle", (np.arange(9),), {}),
]


@pytest.mark.parametrize("seed", [7, 2**31 + 5])
@pytest.mark.parametrize(("name", "arguments", "more"), SEEDED)
def test_an_integer_seed_draws_the_numbers_of_keras(name, arguments, more, seed):
    ours = getattr(random, name)(*arguments, **more, seed=seed)
    theirs = getattr(keras.random, name)(*arguments, **more, seed=seed)
    assert ours.dtype == theirs.dtype
    np.testing.assert_array_equal(ours, theirs)


def test_shuffle_keeps_rows_whole():
    rows = np.arange(40).reshape(10, 4)
    shuffled = np.asarray(random.shuffle(rows, seed=3))
    assert not np.array_equal(shuffled, rows)
    np.testing.assert_array_equal(shuffled[shuffled[:, 0].argsort()], rows)


@pytest.mark.parametrize("key", [jax.random.key, jax.random.PRNGKey])
def test_a_key_of_jax_is_a_seed_as_in_keras(key):
    ours = random.normal((3,), seed=key(4))
    np.testing.assert_array_equal(ours, jax.random.normal(jax.random.key(4), (3,)))
    theirs = keras.random.normal((3,), seed=jax.random.PRNGKey(4))
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_a_seed_generator_gives_the_seeds_and_the_numbers_of_keras():
    ours, theirs = nbkeras.random.SeedGenerator(7), keras.random.SeedGenerator(7)
    np.testing.assert_array_equal(ours.next(), theirs.next())
    np.testing.assert_array_equal(ours.state, theirs.state)
    for _ in range(2):
        a = nbkeras.random.normal((3,), seed=ours)
        np.testing.assert_array_equal(a, keras.random.normal((3,), seed=theirs))
    again = nbkeras.random.SeedGenerator.from_config(ours.get_config())
    np.testing.assert_array_equal(again.state, [7, 0])


def test_initializers_and_layers_take_a_seed_generator_and_draw_anew():
    seeds = nbkeras.random.SeedGenerator(3)
    normal = nbkeras.initializers.RandomNormal(seed=seeds)
    assert (normal((4,)) != normal((4,))).all()
    first = nbkeras.initializers.RandomNormal(seed=nbkeras.random.SeedGenerator(3))
    again = nbkeras.initializers.RandomNormal(seed=nbkeras.random.SeedGenerator(3))
    np.testing.assert_array_equal(first((4,)), again((4,)))
    drop, x = nbkeras.layers.Dropout(0.5, seed=seeds), np.ones((4, 50), "float32")
    assert not np.array_equal(drop(x, training=True), drop(x, training=True))


def test_a_seed_that_is_no_integer_is_refused():
    with pytest.raises(ValueError, match=r"SeedGenerator\(1337\)"):
        nbkeras.random.SeedGenerator("seven")
