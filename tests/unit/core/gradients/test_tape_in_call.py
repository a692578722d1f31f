"""A GradientTape that `call` opens differentiates the layers that it calls."""

import jax
import jax.numpy as jnp
import numpy as np

import nbkeras
from nbkeras import layers
from nbkeras.compat import tensorflow as tf

X = np.linspace(-1, 1, 6, dtype="float32")[:, None]


class SecondDerivative(nbkeras.Model):
    """Its output is u'' + 2 u for the network u of its layers."""

    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(5, activation="tanh")
        self.head = layers.Dense(1)
        self.factor = tf.constant([2.0])

    def call(self, x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                u = self.head(self.hidden(x))
            first = inner.gradient(u, x)
        return outer.gradient(first, x) + self.factor * u


def by_jax(weights):
    kernel, bias, head_kernel, head_bias = map(jnp.asarray, weights)

    def u(x):
        return (jnp.tanh(x * kernel[0] + bias) @ head_kernel + head_bias)[0]

    return jax.vmap(lambda x: jax.grad(jax.grad(u))(x) + 2 * u(x))(X[:, 0])[:, None]


def test_nested_tapes_in_call_are_exact_eagerly_and_in_predict():
    nbkeras.utils.set_random_seed(0)
    model = SecondDerivative()
    eager = model(X)
    expected = by_jax(model.get_weights())
    np.testing.assert_allclose(eager, expected, atol=2e-6)
    np.testing.assert_allclose(model.predict(X, verbose=0), expected, atol=2e-6)


def test_a_model_with_tapes_in_call_learns():
    nbkeras.utils.set_random_seed(0)
    model = SecondDerivative()
    model.compile(nbkeras.optimizers.Adam(0.02), "mse")
    losses = model.fit(X, 2 * X, epochs=20, batch_size=6, verbose=0).history["loss"]
    assert losses[-1] < losses[0] / 2


def test_a_constant_of_tf_reaches_the_next_layer():
    lower = tf.constant([1.0])
    model = nbkeras.Sequential(
        [
            nbkeras.Input((1,)),
            layers.Lambda(lambda x: 2.0 * (x - lower)),
            layers.Dense(1, kernel_initializer="ones"),
        ]
    )
    np.testing.assert_allclose(model(X), 2 * (X - 1), rtol=1e-6)
