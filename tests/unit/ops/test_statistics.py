"""Moments against NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nbkeras.ops import statistics
from nbkeras.ops.kernels import lowering

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


@pytest.mark.parametrize("shape", [(4, 7, 24), (5, 64), (3, 4, 5, 3)])
def test_normalised_rows_and_their_written_gradients_equal_the_formula(shape):
    draw = np.random.default_rng(0)
    x, g = (draw.normal(2, 3, shape).astype("float32") for _ in range(2))
    scale, shift = (draw.normal(size=shape[-1:]).astype("float32") for _ in range(2))

    def found(*arrays):
        y, pull = jax.vjp(lambda *a: statistics.normalise_rows(*a, 1e-3), *arrays)
        return y, *pull(g)

    with lowering.training_step():
        written = jax.jit(found)(x, scale, shift)
        with pytest.raises(TypeError, match="forward-mode"):
            jax.jvp(lambda x: statistics.normalise_rows(x), (x,), (g,))
    by_jax = jax.jit(lambda *arrays: found(*arrays))(x, scale, shift)
    x, g, scale, shift = (a.astype("float64") for a in (x, g, scale, shift))
    inverse = 1 / np.sqrt(x.var(-1, keepdims=True) + 1e-3)
    unit, rows = (x - x.mean(-1, keepdims=True)) * inverse, tuple(range(x.ndim - 1))
    change = g * scale
    change = change - change.mean(-1, keepdims=True)
    change = change - unit * (g * scale * unit).mean(-1, keepdims=True)
    sums = (g * unit).sum(rows), g.sum(rows)
    wanted = unit * scale + shift, inverse * change, *sums
    for result in (written, by_jax):
        for one, other in zip(result, wanted, strict=True):
            assert np.abs(np.asarray(one) - other).max() < 2e-6 * np.abs(other).max()
