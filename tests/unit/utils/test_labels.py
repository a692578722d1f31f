import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nbkeras

to_categorical, normalize = nbkeras.utils.to_categorical, nbkeras.utils.normalize


@pytest.fixture(scope="module")
def keras():
    import keras

    return keras


@pytest.mark.parametrize(
    "x",
    [
        [0, 2, 1],
        [[0, 1], [2, 3]],
        [[0], [3]],
        np.array([1.0, 2.0]),
        2,
        np.uint8([1, 0]),
    ],
)
@pytest.mark.parametrize("classes", [None, 5])
def test_one_hot_rows_are_those_of_keras(keras, x, classes):
    found = to_categorical(x, classes)
    wanted = keras.utils.to_categorical(x, classes)
    assert found.shape == wanted.shape
    np.testing.assert_array_equal(found, wanted)


def test_the_rows_of_floats_are_float32():
    assert to_categorical([0, 1]).dtype == np.float32


@pytest.mark.parametrize(
    ("x", "said"),
    [
        ([-1, 1], r"run from -1 to 1"),
        ([0, 3], r"to_categorical\(x - 0, 4\)"),
        (["cat"], r"np\.unique\(x, return_inverse=True\)"),
        ([0.5], r"needs integers"),
    ],
)
def test_labels_that_cannot_be_are_refused_with_a_remedy(x, said):
    with pytest.raises(ValueError, match=said):
        to_categorical(x, 3)


@pytest.mark.parametrize("order", [1, 2, np.inf])
def test_rows_are_divided_by_their_norm_as_in_keras(keras, order):
    x = np.random.default_rng(0).normal(size=(3, 4))
    x[1] = 0
    np.testing.assert_allclose(
        normalize(x, -1, order), keras.utils.normalize(x, -1, order), rtol=1e-6
    )


def test_columns_are_divided_by_theirs_where_keras_fails():
    np.testing.assert_allclose(
        normalize([[3.0, 1.0], [4.0, 0.0]], axis=0), [[0.6, 1.0], [0.8, 0.0]]
    )


def test_one_hot_rows_of_a_jax_array_are_a_jax_array(keras):
    labels = jnp.array([0, 2, 1])
    found = to_categorical(labels, 3)
    assert isinstance(found, jax.Array)
    np.testing.assert_array_equal(found, keras.utils.to_categorical(labels, 3))
