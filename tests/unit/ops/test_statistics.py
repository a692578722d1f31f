"""Moments against NumPy."""

import jax.numpy as jnp
import numpy as np

from nbkeras.ops import statistics

X = np.random.default_rng(0).normal(3, 2, (4, 5, 3)).astype("float32")


def test_moments_are_mean_and_biased_variance():
    mean, variance = statistics.moments(jnp.asarray(X), (0, 1))
    np.testing.assert_allclose(mean.ravel(), X.mean((0, 1)), rtol=1e-5)
    np.testing.assert_allclose(variance.ravel(), X.var((0, 1)), rtol=1e-5)


def test_counted_moments_see_only_what_counts():
    counted = np.arange(4).reshape(4, 1, 1) < 2
    mean, variance = statistics.counted_moments(jnp.asarray(X), counted, (0, 1))
    np.testing.assert_allclose(mean.ravel(), X[:2].mean((0, 1)), rtol=1e-5)
    np.testing.assert_allclose(variance.ravel(), X[:2].var((0, 1)), rtol=1e-5)


def test_nothing_counted_gives_zeros_and_no_nan():
    mean, variance = statistics.counted_moments(
        jnp.asarray(X), np.zeros((4, 1, 1), bool), (0, 1)
    )
    assert not np.any(mean)
    assert not np.any(variance)


def test_normalised_values_have_mean_zero_and_variance_one():
    y = statistics.normalise(
        X, *statistics.moments(jnp.asarray(X), (0, 1)), epsilon=0.0
    )
    np.testing.assert_allclose(y.mean((0, 1)), 0, atol=1e-5)
    np.testing.assert_allclose(y.std((0, 1)), 1, rtol=1e-5)


def test_power_iteration_finds_the_largest_singular_value():
    matrix = jnp.asarray(X[:, :, 0])
    sigma, _ = statistics.greatest_singular_value(matrix, jnp.ones((1, 5)), 30)
    largest = np.linalg.svd(X[:, :, 0], compute_uv=False)[0]
    np.testing.assert_allclose(sigma.ravel(), [largest], rtol=1e-5)


def test_no_module_of_ops_has_the_name_of_a_function_of_keras_ops():
    """`from nbkeras.ops import norm` would be the one or the other by chance."""
    from pathlib import Path

    from nbkeras.ops.functions import all_functions

    modules = {file.stem for file in Path(all_functions.__file__).parent.glob("*.py")}
    assert modules & set(all_functions.names()) == set()
