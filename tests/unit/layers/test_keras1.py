"""Layers that only Keras 1 had, compared with NumPy by hand."""

import numpy as np
import pytest

from nbkeras import Sequential, layers
from nbkeras.core.notices import NbkerasNotice
from nbkeras.models import load_model

pytestmark = pytest.mark.filterwarnings(
    f"ignore::{NbkerasNotice.__module__}.NbkerasNotice"
)
RNG = np.random.default_rng(0)


def values(*shape):
    return RNG.normal(size=shape).astype("float32")


def filled(layer, x):
    """The layer, built for `x` and with random weights, and these by name."""
    layer.build_for(x)
    layer.set_weights([values(*w.shape) for w in layer.weights])
    return layer, {w.name: np.asarray(w.numpy(), "float64") for w in layer.weights}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_highway_mixes_its_input_with_a_dense_layer_of_it():
    x = values(3, 5)
    layer, w = filled(layers.Highway(activation="tanh"), x)
    gate = sigmoid(x @ w["W_carry"] + w["b_carry"])
    expected = gate * np.tanh(x @ w["W"] + w["b"]) + (1 - gate) * x
    np.testing.assert_allclose(layer(x), expected, rtol=1e-5, atol=1e-6)


def test_highway_begins_with_an_open_gate():
    layer = layers.Highway()
    layer.build_for(values(1, 4))
    np.testing.assert_array_equal(layer.b_carry.numpy(), np.ones(4))
    np.testing.assert_array_equal(layer.b.numpy(), np.zeros(4))


def test_maxout_is_the_largest_of_its_linear_layers():
    x = values(3, 5)
    layer, w = filled(layers.MaxoutDense(4, nb_feature=3), x)
    parts = [x @ w["W"][n] + w["b"][n] for n in range(3)]
    np.testing.assert_allclose(layer(x), np.max(parts, axis=0), rtol=1e-5, atol=1e-6)


def srelu(x, t_left, a_left, t_right, a_right):
    right = t_left + np.abs(t_right)
    below, above = t_left + a_left * (x - t_left), right + a_right * (x - right)
    return np.where(x < t_left, below, np.where(x > right, above, x))


@pytest.mark.parametrize("shared", [None, [1, 2]])
def test_srelu_has_three_straight_pieces(shared):
    x = values(4, 3, 2, 5) * 3
    layer, w = filled(layers.SReLU(shared_axes=shared), x)
    assert w["t_left"].shape == ((3, 2, 5) if shared is None else (1, 1, 5))
    np.testing.assert_allclose(layer(x), srelu(x, **w), rtol=1e-5, atol=1e-5)


def test_parametric_softplus_begins_with_the_scales_of_keras_1():
    x = values(4, 3)
    layer = layers.ParametricSoftplus()
    np.testing.assert_allclose(layer(x), 0.2 * np.log1p(np.exp(5.0 * x)), rtol=1e-5)
    layer, w = filled(layer, x)
    expected = w["alpha"] * np.log1p(np.exp(w["beta"] * x))
    np.testing.assert_allclose(layer(x), expected, rtol=1e-5, atol=1e-6)


def test_thresholded_relu_is_zero_at_its_threshold():
    y = layers.ThresholdedReLU(theta=1.5)(np.float32([[-2, 1.5, 1.6, 3]]))
    np.testing.assert_allclose(y, [[0, 0, 1.6, 3]])


def test_arguments_of_keras_1_are_understood():
    layer = layers.MaxoutDense(3, init="normal", W_regularizer="l2", input_dim=4)
    model = Sequential([layer, layers.Highway(init="uniform", bias=False)])
    assert model.output_shape == (None, 3)
    assert "l2" in str(layer.kernel_regularizer.get_config()).lower()


def test_they_are_saved_and_loaded(tmp_path):
    model = Sequential(
        [
            layers.Input((6, 1)),
            layers.LocallyConnected1D(3, 2),
            layers.SReLU(),
            layers.Flatten(),
            layers.MaxoutDense(4),
            layers.Highway(activation="relu"),
            layers.ParametricSoftplus(),
        ]
    )
    model.save(tmp_path / "old.keras")
    x = values(2, 6, 1)
    loaded = load_model(tmp_path / "old.keras")
    np.testing.assert_array_equal(loaded.predict(x), model.predict(x))


@pytest.mark.parametrize("cls", [layers.SReLU, layers.ParametricSoftplus])
def test_an_unknown_size_says_which_axes_to_share(cls):
    with pytest.raises(ValueError, match=r"shared_axes=\[1, 2\]"):
        cls().build((None, None, None, 4))


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: layers.MaxoutDense(0), r"MaxoutDense\(output_dim=32\)"),
        (lambda: layers.ThresholdedReLU(-1), r"ThresholdedReLU\(theta=1\.0\)"),
        (lambda: layers.ParametricSoftplus("x"), r"alpha_init=0\.2"),
    ],
)
def test_a_wrong_argument_says_what_to_write(make, advice):
    with pytest.raises(ValueError, match=advice):
        make()
