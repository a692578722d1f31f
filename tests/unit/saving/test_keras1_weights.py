"""Weights of Keras 1 that no file of the zoo has; computed by hand with NumPy."""

import h5py
import numpy as np
import pytest

import nbkeras
from nbkeras import layers

RNG = np.random.default_rng(0)


def write(path, arrays, **attributes):
    """A weights file with one layer, as Keras 1 and 2 lay it out."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"layer"]
        file.attrs.update(attributes)
        group = file.create_group("layer")
        names = [f"w{number}" for number in range(len(arrays))]
        group.attrs["weight_names"] = [name.encode() for name in names]
        for name, array in zip(names, arrays, strict=True):
            group[name] = array


def test_a_conv1d_kernel_of_keras_1_0_has_its_filters_first(tmp_path):
    kernel = RNG.normal(size=(4, 3, 2, 1)).astype("float32")
    write(tmp_path / "w.h5", [kernel, np.zeros(4, "float32")])
    model = nbkeras.Sequential([nbkeras.Input((5, 3)), layers.Conv1D(4, 2)])
    model.load_weights(tmp_path / "w.h5")
    x = RNG.normal(size=(1, 5, 3)).astype("float32")
    by_hand = [
        np.einsum("fck,kc->f", kernel[..., 0], x[0, step : step + 2])
        for step in range(4)
    ]
    np.testing.assert_allclose(model.predict(x)[0], by_hand, rtol=1e-5, atol=1e-6)


def test_a_kernel_that_theano_wrote_is_turned(tmp_path):
    kernel = RNG.normal(size=(2, 3, 1, 1)).astype("float32")
    arrays = [kernel, np.zeros(1, "float32")]
    write(tmp_path / "w.h5", arrays, keras_version="2.1.6", backend="theano")
    model = nbkeras.Sequential([nbkeras.Input((4, 4, 1)), layers.Conv2D(1, (2, 3))])
    model.load_weights(tmp_path / "w.h5")
    np.testing.assert_array_equal(model.get_weights()[0], kernel[::-1, ::-1])


def test_a_kernel_that_tensorflow_wrote_stays_as_it_is(tmp_path):
    kernel = RNG.normal(size=(2, 3, 1, 1)).astype("float32")
    arrays = [kernel, np.zeros(1, "float32")]
    write(tmp_path / "w.h5", arrays, keras_version="2.1.6", backend="tensorflow")
    model = nbkeras.Sequential([nbkeras.Input((4, 4, 1)), layers.Conv2D(1, (2, 3))])
    model.load_weights(tmp_path / "w.h5")
    np.testing.assert_array_equal(model.get_weights()[0], kernel)


def test_an_lstm_with_a_gate_too_few_names_both_counts(tmp_path):
    write(tmp_path / "w.h5", [np.zeros((3, 2), "float32")] * 9)
    model = nbkeras.Sequential([nbkeras.Input((5, 3)), layers.LSTM(2)])
    with pytest.raises(ValueError, match="3 weights, 9 in the file"):
        model.load_weights(tmp_path / "w.h5")
    assert model.get_weights()[0].any()


def test_gates_of_another_size_are_refused_with_their_shape(tmp_path):
    write(tmp_path / "w.h5", [np.zeros((4, 3), "float32")] * 12)
    model = nbkeras.Sequential([nbkeras.Input((5, 3)), layers.LSTM(2)])
    with pytest.raises(ValueError, match=r"\(4, 3\) in the file"):
        model.load_weights(tmp_path / "w.h5")


def test_a_weights_file_of_keras_1_loads_gates_that_lie_apart(tmp_path):
    gates = [
        [RNG.normal(size=size).astype("float32") for size in ((3, 2), (2, 2), (2,))]
        for _ in "icfo"
    ]
    write(tmp_path / "w.h5", [array for gate in gates for array in gate])
    model = nbkeras.Sequential([nbkeras.Input((5, 3)), layers.LSTM(2)])
    model.load_weights(tmp_path / "w.h5")
    of_input, of_candidate, of_forget, of_output = gates
    for number, weight in enumerate(model.get_weights()):
        order = (of_input, of_forget, of_candidate, of_output)
        by_hand = np.concatenate([gate[number] for gate in order], axis=-1)
        np.testing.assert_array_equal(weight, by_hand)
