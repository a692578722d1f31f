"""Folders instead of files, HDF5 under any name, layers under other names, as Keras."""

import json
import zipfile

import keras
import numpy as np
import pytest

import nbkeras

X = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
BOTH = pytest.mark.parametrize("library", [nbkeras, keras], ids=["nbkeras", "keras"])


def model_of(library):
    model = library.Sequential([library.Input((3,)), library.layers.Dense(2)])
    model.compile("adam", "mse")
    model.fit(X, X[:, :2], epochs=1, verbose=0)
    return model


@pytest.mark.parametrize("reader", [nbkeras, keras], ids=["read by us", "by Keras"])
@BOTH
def test_a_model_travels_in_a_folder(tmp_path, library, reader):
    model = model_of(library)
    model.save(tmp_path / "model", zipped=False)
    names = {path.name for path in (tmp_path / "model").iterdir()}
    assert {"config.json", "metadata.json", "model.weights.h5"} <= names
    loaded = reader.saving.load_model(tmp_path / "model")
    np.testing.assert_allclose(
        loaded.predict(X, verbose=0), model.predict(X, verbose=0), rtol=1e-5
    )
    assert int(loaded.optimizer.iterations) == int(model.optimizer.iterations) == 1


def test_a_folder_is_replaced_whole_and_holds_vocabularies(tmp_path):
    text = nbkeras.layers.TextVectorization(output_sequence_length=4)
    text.adapt(["b a", "a"])
    model = nbkeras.Sequential([nbkeras.Input((1,), dtype="string"), text])
    folder = tmp_path / "model"
    for _ in range(2):
        model.save(folder, zipped=False)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    loaded = nbkeras.saving.load_model(folder)
    assert loaded.layers[-1].get_vocabulary() == ["", "[UNK]", "a", "b"]


def test_a_folder_of_something_else_is_not_replaced(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="Choose another name"):
        model_of(nbkeras).save(tmp_path, zipped=False)
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "arguments", "advice"),
    [
        ("m.keras", {"zipped": False}, r"should not end in .keras.*save\('m', zipped"),
        ("m.keras", {"save_format": "h5"}, r"Write save\('m.h5'\)"),
    ],
)
def test_endings_that_contradict_the_format_are_refused(
    tmp_path, name, arguments, advice
):
    with pytest.raises(ValueError, match=advice):
        model_of(nbkeras).save(tmp_path / name, **arguments)
    assert not list(tmp_path.iterdir())


def test_save_format_h5_writes_hdf5_under_any_name(tmp_path):
    model = model_of(nbkeras)
    model.save(tmp_path / "model", save_format="h5")
    assert (tmp_path / "model").read_bytes().startswith(b"\x89HDF")
    loaded = nbkeras.saving.load_model(tmp_path / "model")
    np.testing.assert_array_equal(
        loaded.predict(X, verbose=0), model.predict(X, verbose=0)
    )


def named(library):
    """Three models with one Dense layer that each calls otherwise."""

    class Plain(library.Model):
        def __init__(self):
            super().__init__()
            self.dense = library.layers.Dense(3)

        def call(self, x):
            return self.dense(x)

    class Renamed(library.Model):
        def __init__(self):
            super().__init__()
            self.a_dense = library.layers.Dense(3)

        @property
        def dense(self):
            return self.a_dense

        @property
        def broken(self):
            raise RuntimeError("not ready")

        def call(self, x):
            return self.dense(x)

    class Private(library.Model):
        def __init__(self):
            super().__init__()
            self._dense = library.layers.Dense(3)

        @property
        def dense(self):
            return self._dense

        def call(self, x):
            return self.dense(x)

    models = Plain(), Renamed(), Private()
    for model in models:
        model(X)
    return models


@pytest.mark.parametrize("writer", [nbkeras, keras], ids=["of nbkeras", "of Keras"])
@pytest.mark.parametrize("saved", [0, 1, 2], ids=["plain", "renamed", "private"])
@BOTH
def test_a_layer_is_found_through_a_property(tmp_path, saved, writer, library):
    model = named(writer)[saved]
    path = tmp_path / "m.weights.h5"
    model.save_weights(path)
    loaded = named(library)[saved]
    loaded.load_weights(path)
    np.testing.assert_array_equal(
        np.asarray(loaded.dense.kernel), np.asarray(model.dense.kernel)
    )


@BOTH
def test_weights_are_found_under_the_name_that_a_property_still_has(tmp_path, library):
    plain, renamed, _ = named(library)
    plain.save_weights(tmp_path / "m.weights.h5")
    renamed.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_array_equal(
        np.asarray(renamed.dense.kernel), np.asarray(plain.dense.kernel)
    )


@BOTH
def test_layers_in_a_hand_written_config_are_written_as_their_configs(
    tmp_path, library
):
    @library.saving.register_keras_serializable(package=f"places_{library.__name__}")
    class Twice(library.layers.Layer):
        def __init__(self, inner, **base):
            super().__init__(**base)
            self.inner = inner

        def call(self, x):
            return self.inner(self.inner(x))

        def get_config(self):
            return {**super().get_config(), "inner": self.inner}

        @classmethod
        def from_config(cls, config):
            config["inner"] = library.saving.deserialize_keras_object(config["inner"])
            return cls(**config)

    model = library.Sequential([library.Input((3,)), Twice(library.layers.Dense(3))])
    path = tmp_path / "m.keras"
    model.save(path)
    with zipfile.ZipFile(path) as file:
        config = json.loads(file.read("config.json"))["config"]["layers"][1]["config"]
    assert config["inner"]["class_name"] == "Dense"
    loaded = library.saving.load_model(path)
    np.testing.assert_array_equal(
        loaded.predict(X, verbose=0), model.predict(X, verbose=0)
    )
