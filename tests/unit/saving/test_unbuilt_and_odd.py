"""Models without weights yet, models that compile in a way of their own, odd configs."""

import keras
import numpy as np
import pytest

import nbkeras
from nbkeras import layers
from nbkeras.models import load_model, save_model

X = np.ones((2, 3), "float32")
Y = np.ones((2, 1), "float32")


@nbkeras.saving.register_keras_serializable("test_unbuilt")
class Own(nbkeras.Model):
    def __init__(self, units=1, **base):
        super().__init__(**base)
        self.units = units
        self.dense = layers.Dense(units)

    def call(self, x):
        return self.dense(x)


@nbkeras.saving.register_keras_serializable("test_unbuilt")
class OwnCompile(nbkeras.Sequential):
    def compile(self, rate):
        super().compile(nbkeras.optimizers.SGD(rate), "mse")


@pytest.mark.parametrize(
    "make", [lambda: Own(2), lambda: nbkeras.Sequential([layers.Dense(1)])]
)
def test_a_model_without_weights_is_saved_with_its_settings(make, tmp_path):
    model = make()
    model.compile("adam", "mse")
    with pytest.warns(UserWarning, match="call it on data before saving"):
        model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    assert not loaded.built
    assert loaded.compiled
    assert loaded(X).shape == model(X).shape


def test_keras_reads_a_model_that_was_saved_without_weights(tmp_path):
    with pytest.warns(UserWarning, match="holds its settings only"):
        nbkeras.Sequential([layers.Dense(1)]).save(tmp_path / "model.keras")
    assert keras.saving.load_model(tmp_path / "model.keras")(X).shape == (2, 1)


def test_an_h5_file_needs_weights(tmp_path):
    with pytest.raises(ValueError, match=r"Start it with Input\(shape"):
        Own().save(tmp_path / "model.h5")


def test_a_compile_of_your_own_is_not_called_by_loading(tmp_path):
    model = OwnCompile([nbkeras.Input((3,)), layers.Dense(1)])
    model.compile(rate=0.1)
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "model.keras")
    with pytest.warns(UserWarning, match=r"Call it: OwnCompile\.compile"):
        loaded = load_model(tmp_path / "model.keras")
    assert not loaded.compiled
    np.testing.assert_array_equal(loaded(X), model(X))


@pytest.mark.parametrize("kind", [TypeError, ValueError])
@pytest.mark.parametrize("option", ["options", "random"])
def test_save_model_refuses_what_it_does_not_know(kind, option, tmp_path):
    model = nbkeras.Sequential([nbkeras.Input((3,)), layers.Dense(1)])
    with pytest.raises(kind, match=r"Write save_model\(model, 'model\.keras'\)"):
        save_model(model, tmp_path / "model.keras", **{option: True})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", [None, "", "Dense"])
def test_the_library_s_class_is_found_without_a_registered_name(name, keras):
    config = {
        "class_name": "Dense",
        "module": "keras.layers",
        "registered_name": name,
        "config": {"units": 1},
    }
    for library in (nbkeras, keras):
        layer = library.saving.deserialize_keras_object(dict(config))
        assert isinstance(layer, library.layers.Dense)


@pytest.mark.parametrize("name", ["builtins.eval", "my_pkg>Dense"])
def test_the_library_s_class_under_another_registered_name_is_refused(name):
    config = {
        "class_name": "Dense",
        "module": "keras.layers",
        "registered_name": name,
        "config": {"units": 1},
    }
    with pytest.raises(ValueError, match="Write registered_name=None"):
        nbkeras.saving.deserialize_keras_object(config)


@pytest.mark.parametrize("kind", [TypeError, ValueError])
def test_a_function_in_a_file_has_a_text_for_its_name(kind):
    config = {"class_name": "function", "config": ["no", "text"]}
    with pytest.raises(kind, match="config must be the name of the function"):
        nbkeras.saving.deserialize_keras_object(config)
