"""Layers that move values, against real Keras."""

import keras_oracle as oracle
import layer_cases as cases
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nbkeras
from nbkeras.layers.reshaping import padding
from nbkeras.layers.reshaping import reshape as layers


@pytest.mark.parametrize("case", cases.SHAPE, ids=cases.label)
@given(data=st.data())
def test_output_and_gradients_equal_keras(case, data):
    name, config, template, kind = case
    x = data.draw(oracle.inputs(template, kind))
    oracle.assert_equal(name, config, x)


@pytest.mark.parametrize("case", cases.SHAPE, ids=cases.label)
def test_config_is_read_by_keras_and_back(case):
    oracle.assert_config_travels(*case[:2])


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (
            lambda: layers.Reshape((2, -1, -1)),
            r"Write for example Reshape\(\(28, 28, 1",
        ),
        (lambda: layers.Reshape((2, "a")), "at most one of them -1"),
        (lambda: layers.Reshape((5,))(np.ones((2, 6))), "6 values, and the target 5"),
        (lambda: layers.Reshape((4, -1))(np.ones((2, 6))), "leaves no remainder"),
        (lambda: layers.Permute((0, 1)), r"Write for example Permute\(\(2, 1\)\)"),
        (lambda: layers.RepeatVector(0), r"RepeatVector\(n=3\)"),
        (lambda: layers.UpSampling1D(1.5), r"UpSampling1D\(size=2\)"),
        (lambda: layers.UpSampling2D((1, 2, 3)), r"UpSampling2D\(size=\(2, 2\)\)"),
        (
            lambda: layers.UpSampling2D(interpolation="linear"),
            "must be one of 'nearest'",
        ),
        (lambda: padding.ZeroPadding1D(-1), r"ZeroPadding1D\(padding=\(1, 2\)\)"),
        (lambda: padding.ZeroPadding2D((1, 2, 3)), r"padding=\(\(1, 2\), \(0, 0\)\)"),
        (lambda: padding.Cropping2D("a"), r"Cropping2D\(cropping="),
        (lambda: padding.Cropping1D(3)(np.ones((1, 5, 2))), "Cut off fewer"),
        (lambda: layers.RepeatVector(2)(np.ones((1, 5, 2))), "needs 2 axes"),
        (lambda: layers.Flatten("channel_last"), "Did you mean 'channels_last'"),
    ],
)
def test_a_wrong_setting_says_what_to_write(make, advice):
    with pytest.raises(ValueError, match=advice):
        make()


def test_flatten_keeps_row_order():
    x = np.arange(12).reshape(2, 3, 2)
    np.testing.assert_array_equal(layers.Flatten()(x), x.reshape(2, 6))


def test_integers_stay_integers():
    x = np.arange(12, dtype="int32").reshape(1, 3, 4)
    assert layers.Permute((2, 1))(x).dtype == "int32"


@pytest.mark.parametrize(
    ("target", "sample"),
    [
        ((6,), (None, 3)),
        ((5, 2), (None, None)),
        ((7,), (None, 3)),
        ((4, -1), (None, None, 3)),
        ((-1, 4), (None, 3)),
        ((None, 6), (None, 2, 3)),
    ],
)
def test_reshape_over_open_axes_has_the_shape_of_keras(target, sample):
    import keras

    ours, theirs = (
        k.layers.Reshape(target)(k.Input(sample)).shape for k in (nbkeras, keras)
    )
    assert ours == theirs


def test_reshape_over_open_axes_checks_the_data_when_it_comes():
    x = nbkeras.Input((None, 3))
    model = nbkeras.Model(x, nbkeras.layers.Reshape((6,))(x))
    data = np.arange(12, dtype="float32").reshape(2, 2, 3)
    np.testing.assert_array_equal(
        model.predict(data, verbose=0), np.arange(12, dtype="float32").reshape(2, 6)
    )
    with pytest.raises(ValueError, match=r"6 values.*Reshape\(\(9,\)\)"):
        model.predict(np.ones((2, 3, 3)), verbose=0)


def test_reshape_of_open_axes_in_the_middle_of_a_sequential():
    layers = nbkeras.layers
    model = nbkeras.Sequential(
        [
            nbkeras.Input((None, 3)),
            layers.Conv1D(2, 3),
            layers.Reshape((8,)),
            layers.Dense(1),
        ]
    )
    assert model.output_shape == (None, 1)
    assert model.predict(np.ones((2, 6, 3)), verbose=0).shape == (2, 1)
