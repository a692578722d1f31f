"""LocallyConnected1D and 2D: a kernel for each place, compared with NumPy by hand."""

import numpy as np
import pytest

from nbkeras import layers

RNG = np.random.default_rng(0)


def filled(layer, x):
    layer.build_for(x)
    layer.set_weights([RNG.normal(size=w.shape) for w in layer.weights])
    return layer


@pytest.mark.parametrize("stride", [1, 2])
def test_each_step_has_a_kernel_of_its_own(stride):
    x = RNG.normal(size=(2, 7, 3)).astype("float32")
    layer = filled(layers.LocallyConnected1D(4, 2, strides=stride), x)
    kernel, bias = layer.get_weights()
    windows = [x[:, s : s + 2].reshape(2, -1) for s in range(0, 6, stride)]
    expected = [w @ k + b for w, k, b in zip(windows, kernel, bias, strict=True)]
    np.testing.assert_allclose(layer(x), np.stack(expected, 1), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_each_pixel_has_a_kernel_of_its_own(data_format):
    x = RNG.normal(size=(2, 5, 4, 3)).astype("float32")
    first = data_format == "channels_first"
    given = np.moveaxis(x, -1, 1) if first else x
    layer = layers.LocallyConnected2D(
        2, (3, 2), strides=(2, 1), data_format=data_format, activation="tanh"
    )
    kernel, bias = filled(layer, given).get_weights()
    assert kernel.shape == (2 * 3, 3 * 2 * 3, 2)
    assert bias.shape == (2, 3, 2)
    expected = np.zeros((2, 2, 3, 2))
    for row in range(2):
        for column in range(3):
            window = x[:, 2 * row : 2 * row + 3, column : column + 2]
            window = np.moveaxis(window, -1, 1) if first else window
            place = 3 * row + column
            z = window.reshape(2, -1) @ kernel[place] + bias[row, column]
            expected[:, row, column] = np.tanh(z)
    y = np.moveaxis(layer(given), 1, -1) if first else layer(given)
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)


def test_padding_other_than_valid_is_refused():
    with pytest.raises(ValueError, match="'valid'"):
        layers.LocallyConnected2D(2, 3, padding="same")


def test_sizes_must_be_known():
    with pytest.raises(ValueError, match="each place has weights of its own"):
        layers.LocallyConnected1D(2, 3).build((None, None, 4))
