"""Sums over all axes but the channels, against NumPy in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nbkeras.ops.kernels import channels, lowering

X = np.random.default_rng(0).normal(3.0, size=(6, 5, 4, 7)).astype("float32")
WEIGHTS = np.array([1, 0, 1, 1, 0, 1], "float32")


@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize("is_cpu", [True, False])
def test_sums_equal_numpy(monkeypatch, weights, is_cpu):
    monkeypatch.setattr(lowering, "rewrites", lambda: is_cpu)
    factors = np.ones(6) if weights is None else weights
    expected = np.einsum("n,nhwc->c", factors, X.astype("float64"))
    np.testing.assert_allclose(channels.channel_sums(X, weights), expected, rtol=1e-5)


def test_spread_values_get_the_sums_as_gradient():
    g = jnp.asarray(X)

    def total(values):
        return (channels.spread(values, g) * g).sum()

    gradient = jax.grad(total)(jnp.arange(7.0))
    np.testing.assert_allclose(gradient, X.sum((0, 1, 2)), rtol=1e-5)


def test_spread_has_forward_derivatives_and_hessians():
    like, values = jnp.asarray(X), jnp.arange(1.0, 8.0)

    def total(values):
        return jnp.mean(channels.spread(values, like) ** 2)

    np.testing.assert_allclose(jax.hessian(total)(values), np.eye(7) * 2 / 7, atol=1e-6)


def test_a_batch_without_rows_sums_to_zero():
    empty = jnp.zeros((0, 4, 3))
    np.testing.assert_array_equal(channels.channel_sums(empty), np.zeros(3))


def test_what_is_added_to_channels_gets_the_sums_as_gradient():
    x = jnp.asarray(np.random.default_rng(3).normal(size=(3, 4, 5, 6)), jnp.float32)
    values = jnp.arange(6.0)
    y, pull = jax.vjp(channels.add_to_channels, x, values)
    np.testing.assert_array_equal(y, x + values)
    of_x, of_values = pull(jnp.cos(x))
    np.testing.assert_array_equal(of_x, jnp.cos(x))
    np.testing.assert_allclose(of_values, jnp.cos(x).sum((0, 1, 2)), rtol=1e-5)
