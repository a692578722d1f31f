"""Dense and EinsumDense against real Keras."""

import keras_oracle as oracle
import layer_cases as cases
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbkeras.layers.dense import Dense, EinsumDense


@pytest.mark.parametrize("case", cases.DENSE, ids=cases.label)
@given(data=st.data())
def test_output_and_gradients_equal_keras(case, data):
    name, config, template, kind = case
    x = data.draw(oracle.inputs(template, kind))
    oracle.assert_equal(name, config, x)


@pytest.mark.parametrize("case", cases.DENSE, ids=cases.label)
def test_config_is_read_by_keras_and_back(case):
    oracle.assert_config_travels(*case[:2])


def test_dense_is_a_matrix_product_plus_bias():
    layer = Dense(2, weights=[np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.5, 0])])
    np.testing.assert_allclose(layer(np.array([[1.0, 1.0]])), [[4.5, 6.0]])


@pytest.mark.parametrize("units", [8.0, "8", 8.2])
def test_dense_writes_the_whole_number_that_was_meant(units):
    with pytest.raises(ValueError, match=r"Write for example Dense\(units=8\)"):
        Dense(units)


@pytest.mark.parametrize("units", [0, -3, 0.25, "eight", True])
def test_dense_says_how_to_give_units(units):
    with pytest.raises(ValueError, match=r"Write for example Dense\(units=32\)"):
        Dense(units)


def test_dense_suggests_the_right_keyword():
    with pytest.raises(TypeError, match="Did you mean 'activation'"):
        Dense(3, activaton="relu")


def test_dense_on_a_single_row_says_to_add_the_batch_axis():
    with pytest.raises(ValueError, match="needs at least 2 axes"):
        Dense(3)(np.ones(4))


def test_dense_on_an_open_last_axis_says_to_give_all_sizes():
    with pytest.raises(ValueError, match="Write all sizes in Input"):
        Dense(3).build_for((None, 4, None))


def test_dense_built_for_another_size_says_so():
    layer = Dense(3)
    layer(np.ones((2, 4)))
    with pytest.raises(
        ValueError, match=r"got \(None, 5\) and needs 4 on the last axis"
    ):
        layer(np.ones((2, 5)))


def test_dense_has_no_quantized_weights():
    with pytest.raises(ValueError, match="Leave quantization_config out"):
        Dense(3, quantization_config={})


@pytest.mark.parametrize(
    ("equation", "shape", "advice"),
    [
        ("ab,bc", (3,), "Write for example EinsumDense"),
        ("abc,cd->abd", (5,), "must have 2 sizes"),
        ("abc,cd->abd", (7, 5), "Write None there"),
        ("abc,de->abd", (None, 5), "the size of axis 'e' is not known"),
    ],
)
def test_einsum_dense_explains_what_does_not_fit(equation, shape, advice):
    with pytest.raises(ValueError, match=advice):
        EinsumDense(equation, shape)(np.ones((2, 3, 4)))


def test_einsum_dense_counts_fans_along_the_equation():
    layer = EinsumDense("abc,cde->abde", (None, 30, 40), kernel_initializer="he_normal")
    layer(np.ones((1, 2, 200)))
    assert np.std(layer.get_weights()[0]) == pytest.approx(np.sqrt(2 / 200), rel=0.02)
