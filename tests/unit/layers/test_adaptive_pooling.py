"""Adaptive pooling against real Keras."""

import jax
import jax.numpy as jnp
import keras_oracle as oracle
import layer_cases as cases
import numpy as np
import pytest

from nbkeras import layers
from nbkeras.ops.kernels import adaptive_pooling

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("case", cases.ADAPTIVE, ids=cases.label)
def test_output_and_gradients_equal_keras(case):
    oracle.assert_case_equal(case)


@pytest.mark.parametrize("case", cases.ADAPTIVE, ids=cases.label)
def test_config_is_read_by_keras_and_back(case):
    oracle.assert_config_travels(*case[:2])


@pytest.mark.parametrize(("size", "number"), [(10, 3), (5, 5), (4, 7), (7, 1)])
def test_adaptive_windows_cover_the_axis(size, number):
    x = RNG.normal(size=(1, size, 1)).astype("float32")
    starts, ends = adaptive_pooling.windows(size, number)
    parts = [x[:, a:b] for a, b in zip(starts, ends, strict=True)]
    mean = layers.AdaptiveAveragePooling1D(number)(x)[:, :, 0]
    highest = layers.AdaptiveMaxPooling1D(number)(x)[:, :, 0]
    np.testing.assert_allclose(mean, [[p.mean() for p in parts]], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(highest, [[p.max() for p in parts]])
    assert starts[0] == 0
    assert ends[-1] == size


def test_among_equal_values_the_first_gets_the_gradient_of_adaptive_pooling():
    slope = jax.grad(lambda x: layers.AdaptiveMaxPooling1D(2)(x).sum())
    np.testing.assert_array_equal(slope(jnp.ones((1, 4, 1))).ravel(), [1, 0, 1, 0])


def test_a_size_of_zero_is_refused():
    with pytest.raises(ValueError, match="AdaptiveMaxPooling2D"):
        layers.AdaptiveMaxPooling2D(0)
