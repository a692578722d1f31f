"""Normalisation layers against real Keras, padding rows and masks included."""

import jax.numpy as jnp
import keras
import keras_oracle as oracle
import layer_cases as cases
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tolerances import assert_close_sums

from nbkeras.layers.activation import ReLU
from nbkeras.layers.dense import Dense
from nbkeras.layers.engine.functional_call import apply, values_of
from nbkeras.layers.normalization import layer_norm as layers
from nbkeras.layers.normalization.batch_norm import BatchNormalization
from nbkeras.layers.normalization.spectral_norm import SpectralNormalization


@pytest.mark.parametrize("case", cases.NORM, ids=cases.label)
@given(data=st.data())
def test_output_and_gradients_equal_keras(case, data):
    name, config, template, kind = case
    x = data.draw(oracle.inputs(template, kind))
    oracle.assert_equal(name, config, x)


@pytest.mark.parametrize("case", cases.NORM, ids=cases.label)
def test_config_is_read_by_keras_and_back(case):
    oracle.assert_config_travels(*case[:2])


TRAINED = [case for case in cases.NORM if case[0][:2] in ("Ba", "Sp")]


@pytest.mark.parametrize("case", TRAINED, ids=cases.label)
@given(data=st.data())
def test_training_gives_keras_output_gradients_and_moving_state(case, data):
    name, config, template, kind = case
    x = data.draw(oracle.inputs(template, kind))
    oracle.assert_equal(name, config, x, training=True)


def test_batch_norm_with_a_mask_equals_keras():
    x = oracle.random_input((3, 5, 4))
    mask = np.random.default_rng(0).random((3, 5)) > 0.4
    oracle.assert_equal("BatchNormalization", {}, x, training=True, mask=mask)


def test_moving_variance_takes_the_biased_variance():
    x = np.array([[1.0], [3.0]], "float32")
    layer = BatchNormalization(momentum=0.0)
    layer(x, training=True)
    assert float(layer.moving_mean.numpy()[0]) == 2.0
    assert float(layer.moving_variance.numpy()[0]) == 1.0


def test_padding_rows_change_nothing():
    x = oracle.random_input((3, 2, 4))
    padded = np.concatenate([x, np.full((2, 2, 4), 1e3, "float32")])
    layer = BatchNormalization().build_for(x)
    values = values_of(layer)
    plain = apply(layer, values, jnp.asarray(x), training=True)
    rows = jnp.array([1.0, 1, 1, 0, 0])
    got = apply(layer, values, jnp.asarray(padded), training=True, row_weights=rows)
    np.testing.assert_allclose(got.y[:3], plain.y, rtol=1e-5, atol=1e-5)
    for path, value in plain.updates.items():
        assert_close_sums(got.updates[path], value)


def test_frozen_batch_norm_stays_in_inference_mode():
    x = oracle.random_input((8, 3))
    layer = BatchNormalization(trainable=False)
    np.testing.assert_array_equal(layer(x, training=True), layer(x))
    np.testing.assert_array_equal(layer.moving_mean.numpy(), np.zeros(3))


def test_freezing_later_stops_the_moving_statistics():
    x = oracle.random_input((8, 3))
    layer = BatchNormalization()
    layer(x, training=True)
    before = layer.moving_mean.numpy()
    layer.trainable = False
    layer(x, training=True)
    np.testing.assert_array_equal(layer.moving_mean.numpy(), before)


def test_ten_steps_of_moving_statistics_equal_keras():
    ours, theirs = oracle.pair("BatchNormalization", {"momentum": 0.9})
    for step in range(10):
        x = oracle.random_input((6, 4), seed=step)
        ours(x, training=True)
        theirs(x, training=True)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_spectral_norm_leaves_the_stored_kernel_alone():
    layer = SpectralNormalization(Dense(3))
    x = oracle.random_input((2, 4))
    layer(x)
    kernel = layer.layer.kernel.numpy()
    layer(x, training=True)
    np.testing.assert_array_equal(layer.layer.kernel.numpy(), kernel)


def test_spectral_norm_finds_the_largest_singular_value():
    layer = SpectralNormalization(Dense(3, use_bias=False), power_iterations=50)
    x = np.eye(4, dtype="float32")
    y = layer(x, training=True)
    kernel = layer.layer.kernel.numpy()
    largest = np.linalg.svd(kernel, compute_uv=False)[0]
    np.testing.assert_allclose(y, kernel / largest, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_is_normalised_in_float32(dtype):
    x = 100 + oracle.random_input((2, 64))
    y = layers.LayerNormalization(dtype=dtype)(x)
    theirs = keras.layers.LayerNormalization(dtype=dtype)(x)
    assert y.dtype == theirs.dtype
    np.testing.assert_allclose(y.astype("float32"), theirs.astype("float32"), atol=1e-2)


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: BatchNormalization(axis="last"), r"BatchNormalization\(axis=-1\)"),
        (lambda: BatchNormalization(momentum=2), r"momentum=0.99"),
        (lambda: BatchNormalization(renorm_clipping={"rmx": 1}), "Did you mean 'rmax'"),
        (
            lambda: BatchNormalization(axis=3)(np.ones((2, 3))),
            r"an axis from -1 to 1, not 3",
        ),
        (lambda: layers.GroupNormalization(3)(np.ones((2, 4))), "one of 1, 2, 4"),
        (lambda: layers.GroupNormalization(0), r"GroupNormalization\(groups=32\)"),
        (
            lambda: layers.LayerNormalization(axis=None),
            r"LayerNormalization\(axis=-1\)",
        ),
        (lambda: layers.UnitNormalization(axis=4)(np.ones((2, 3))), "does not exist"),
        (lambda: SpectralNormalization(Dense(3), 0), r"power_iterations=1"),
        (lambda: SpectralNormalization(ReLU())(np.ones((2, 3))), "has no kernel"),
        (
            lambda: SpectralNormalization("dense"),
            r"SpectralNormalization\(layer=Dense\(8\)\)",
        ),
    ],
)
def test_a_wrong_setting_says_what_to_write(make, advice):
    with pytest.raises(ValueError, match=advice):
        make()
