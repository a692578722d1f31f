"""Layers that prepare data, against real Keras."""

import keras
import keras_oracle as oracle
import layer_cases as cases
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tolerances import assert_close_sums

import nbkeras
from nbkeras import layers
from nbkeras.layers.preprocessing.adapt import Discretization, Normalization


@pytest.mark.parametrize("case", cases.PREPROCESSING, ids=cases.label)
@given(data=st.data())
def test_output_and_gradients_equal_keras(case, data):
    name, config, template, kind = case
    x = data.draw(oracle.inputs(template, kind))
    oracle.assert_equal(name, config, x)


@pytest.mark.parametrize("case", cases.PREPROCESSING, ids=cases.label)
def test_config_is_read_by_keras_and_back(case):
    oracle.assert_config_travels(*case[:2])


@pytest.mark.parametrize("axis", [-1, None, (1, 2)])
def test_adapted_mean_and_variance_equal_keras(axis):
    x = 3 + oracle.random_input((20, 3, 4))
    ours, theirs = Normalization(axis), keras.layers.Normalization(axis)
    ours.adapt(x)
    theirs.adapt(x)
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-5, atol=1e-5)


def test_adapting_on_uneven_batches_equals_adapting_on_all():
    x = 5 + oracle.random_input((10, 4))
    whole, parts = Normalization(), Normalization()
    whole.adapt(x)
    parts.adapt([(x[:3], None), (x[3:4], None), (x[4:], None)])
    for a, b in zip(whole.get_weights(), parts.get_weights(), strict=True):
        assert_close_sums(a, b, rtol=1e-6)


def test_adapting_again_forgets_the_first_data():
    layer = Normalization()
    layer.adapt(np.zeros((4, 1)))
    layer.adapt(np.array([[1.0], [3.0]]))
    np.testing.assert_allclose(layer(np.array([[5.0]])), [[3.0]])


def test_inverted_normalization_goes_back():
    x = 2 * oracle.random_input((9, 3)) + 1
    there, back = Normalization(), Normalization(invert=True)
    there.adapt(x)
    back.adapt(x)
    np.testing.assert_allclose(back(there(x)), x, rtol=1e-5, atol=1e-5)


def test_resized_bytes_stay_bytes_and_equal_keras():
    x = np.random.default_rng(0).integers(0, 256, (2, 8, 6, 3)).astype("uint8")
    ours = layers.Resizing(5, 4)(x)
    assert ours.dtype == "uint8"
    np.testing.assert_array_equal(ours, keras.layers.Resizing(5, 4)(x))


def test_resizing_works_on_one_picture():
    x = oracle.random_input((8, 6, 3))
    assert_close_sums(
        layers.Resizing(5, 4)(x), keras.layers.Resizing(5, 4)(x), rtol=1e-5
    )


def test_resizing_takes_pixel_centres():
    x = np.arange(0, 80, 10, dtype="float32").reshape(1, 1, 8, 1)
    y = layers.Resizing(1, 4)(np.repeat(x, 8, axis=1))
    np.testing.assert_allclose(np.asarray(y).ravel(), [5, 25, 45, 65])


def test_weighted_counts_add_up_their_weights():
    layer = layers.CategoryEncoding(3, "count")
    y = layer(np.array([[0, 2, 2]]), count_weights=np.array([[0.5, 1.0, 2.0]]))
    np.testing.assert_allclose(y, [[0.5, 0, 3.0]])


def test_adapted_bins_hold_equal_shares():
    x = np.random.default_rng(0).normal(size=(1000,)).astype("float32")
    layer = Discretization(num_bins=4)
    layer.adapt(x)
    assert np.abs(np.bincount(np.asarray(layer(x))) - 250).max() <= 1
    theirs = keras.layers.Discretization(num_bins=4)
    theirs.update_state(x)  # Keras's `adapt` needs TensorFlow
    theirs.finalize_state()
    np.testing.assert_allclose(layer.bin_boundaries, theirs.bin_boundaries, atol=0.05)


def test_adapted_boundaries_travel_in_the_config():
    layer = Discretization(num_bins=3)
    layer.adapt(np.arange(9.0))
    again = Discretization.from_config(layer.get_config())
    assert again.bin_boundaries == layer.bin_boundaries


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: layers.Resizing(0, 4), r"Resizing\(height=150\)"),
        (lambda: layers.Resizing(4, 4, "linear"), "must be one of 'nearest'"),
        (lambda: layers.Resizing(4, 4, "nearest", True, True), "not both"),
        (lambda: layers.CenterCrop(4, -1), r"CenterCrop\(width=150\)"),
        (lambda: layers.CategoryEncoding(), r"CategoryEncoding\(num_tokens=10\)"),
        (lambda: layers.CategoryEncoding(3)(np.array([[3]])), r"num_tokens=4\)"),
        (lambda: Normalization(mean=1.0), "or neither, and call adapt"),
        (
            lambda: Normalization(mean=1.0, variance=1.0).adapt(np.ones(3)),
            "without them",
        ),
        (lambda: Normalization().adapt([]), "was given no data"),
        (lambda: Normalization(axis=5).adapt(np.ones((2, 3))), "for example axis=-1"),
        (lambda: Discretization(), r"Discretization\(bin_boundaries="),
        (lambda: Discretization(num_bins=3)(np.ones((2, 3))), r"Call adapt\(data\)"),
    ],
)
def test_a_wrong_setting_says_what_to_write(make, advice):
    with pytest.raises(ValueError, match=advice):
        make()


@pytest.mark.parametrize(
    ("axis", "mean", "shape"),
    [(2, [1.0, 2.0, 3.0], (1, 1, 3, 1)), ((1, 2), [1.0, 2.0, 3.0], (1, 4, 3, 1))],
)
def test_the_mean_of_a_built_normalization_goes_with_its_inputs(axis, mean, shape):
    ones = [1.0] * len(mean)
    ours, theirs = (
        module.layers.Normalization(axis=axis, mean=mean, variance=ones)
        for module in (nbkeras, keras)
    )
    for layer in (ours, theirs):
        layer.build((2, 4, 3, 5))
        assert tuple(layer.mean.shape) == shape
    x = np.arange(120.0, dtype="float32").reshape(2, 4, 3, 5)
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-6)


def test_normalization_adapted_to_pictures_takes_batches_of_them():
    layer = nbkeras.layers.Normalization()
    layer.adapt(np.arange(24.0).reshape(2, 4, 3))
    assert layer(np.ones((5, 2, 4, 3))).shape == (5, 2, 4, 3)


def test_adapt_refuses_single_numbers_and_says_what_to_give():
    with pytest.raises(TypeError, match=r"adapt\(np.asarray\(data\)\)"):
        nbkeras.layers.Normalization().adapt([42])


@pytest.mark.parametrize("mode", ["int", "one_hot", "multi_hot", "count"])
@pytest.mark.parametrize("shape", [(None, 5, 4), (3, None)])
def test_discretization_knows_its_output_shape_before_adapt(mode, shape):
    ours, theirs = (
        module.layers.Discretization(num_bins=6, output_mode=mode)
        for module in (nbkeras, keras)
    )
    assert ours.compute_output_shape(shape) == theirs.compute_output_shape(shape)


def test_counts_over_the_batch_have_a_fixed_size():
    words = nbkeras.Input((), dtype="int32")
    counts = nbkeras.layers.CategoryEncoding(num_tokens=6, output_mode="count")
    assert counts(words).shape == (6,)
    assert counts.compute_output_shape(()) == (6,)


def test_bins_of_hashing_are_no_floats():
    with pytest.raises(ValueError, match=r"Hashing\(dtype='int32'\)"):
        nbkeras.layers.Hashing(3, dtype="float32")


def test_a_spectrogram_of_whole_numbers_is_refused():
    samples = np.ones((2, 16000, 1), "int16")
    with pytest.raises(TypeError, match="astype"):
        nbkeras.layers.STFTSpectrogram()(samples)


def test_a_pipeline_hands_its_mask_to_layers_that_take_one():
    class Seen(nbkeras.layers.Layer):
        def call(self, x, training=False, mask=None):
            return x if mask is None else x * mask

    pipeline = nbkeras.layers.Pipeline([Seen(), Seen()])
    found = pipeline(np.array([[2.0, 3.0]]), mask=np.array([[1.0, 0.0]]))
    assert found.tolist() == [[2.0, 0.0]]


def test_no_changes_of_randaugment_leave_pictures_alone():
    pictures = np.random.default_rng(0).uniform(size=(2, 8, 8, 3)).astype("float32")
    np.testing.assert_array_equal(
        nbkeras.layers.RandAugment(num_ops=0)(pictures), pictures
    )
