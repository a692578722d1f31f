"""Activation layers against real Keras."""

import keras_oracle as oracle
import layer_cases as cases
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbkeras.layers import activation as layers


@pytest.mark.parametrize("case", cases.ACTIVATION, ids=cases.label)
@given(data=st.data())
def test_output_and_gradients_equal_keras(case, data):
    name, config, template, kind = case
    x = data.draw(oracle.inputs(template, kind))
    oracle.assert_equal(name, config, x)


@pytest.mark.parametrize("case", cases.ACTIVATION, ids=cases.label)
def test_config_is_read_by_keras_and_back(case):
    oracle.assert_config_travels(*case[:2])


def test_softmax_leaves_masked_places_at_zero():
    x, mask = np.zeros((1, 4), "float32"), np.array([[True, True, False, False]])
    y = layers.Softmax()(x, mask=mask)
    np.testing.assert_allclose(y, [[0.5, 0.5, 0, 0]])


def test_the_leaky_layer_uses_0_3_where_the_function_uses_0_2():
    assert float(layers.LeakyReLU()(np.array([[-1.0]]))[0, 0]) == pytest.approx(-0.3)


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: layers.ReLU(max_value=-1), r"Write for example ReLU\(max_value=6"),
        (lambda: layers.ReLU(negative_slope=-1), "negative_slope=0.1"),
        (lambda: layers.LeakyReLU(None), r"LeakyReLU\(negative_slope=0.3\)"),
        (lambda: layers.Activation("rellu"), "Did you mean 'relu'"),
        (lambda: layers.PReLU().build((None, None, 4)), r"shared_axes=\[1, 2\]"),
    ],
)
def test_a_wrong_setting_says_what_to_write(make, advice):
    with pytest.raises(ValueError, match=advice):
        make()


@pytest.mark.parametrize("shape", [(2, 3), (1, 1, 3), (2,)])
def test_softmax_refuses_a_mask_that_is_not_repeated_to_its_input(shape):
    with pytest.raises(ValueError, match=r"Write for example mask=jnp\.ones\(\(1, 3\)"):
        layers.Softmax()(np.zeros((1, 3), "float32"), mask=np.ones(shape, bool))


@pytest.mark.parametrize("shape", [(1, 3), (3,), (2, 1)])
def test_softmax_repeats_a_smaller_mask_to_its_input(shape):
    x = np.zeros((2, 3), "float32")
    mask = np.arange(np.prod(shape)).reshape(shape) != 1
    whole = layers.Softmax()(x, mask=np.broadcast_to(mask, (2, 3)))
    np.testing.assert_array_equal(layers.Softmax()(x, mask=mask), whole)
