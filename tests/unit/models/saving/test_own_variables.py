"""Layers that write and read their part of a weights file themselves."""

import h5py
import numpy as np
import pytest

import nbkeras
from nbkeras import layers


class Counted(layers.Layer):
    """Adds a bias and keeps a table that is no weight."""

    def __init__(self, table=None, **base):
        super().__init__(**base)
        self.table = np.zeros(3) if table is None else np.asarray(table)

    def build(self, input_shape):
        self.bias = self.add_weight(shape=(input_shape[-1],), initializer="zeros")

    def call(self, x):
        return x + self.bias

    def save_own_variables(self, store):
        super().save_own_variables(store)
        store["table"] = self.table

    def load_own_variables(self, store):
        self.table = store["table"]
        super().load_own_variables({"0": store["0"]})

    def get_config(self):
        return {"name": self.name}


def model_with(layer):
    return nbkeras.Sequential([nbkeras.Input((2,)), layer, layers.Dense(1)])


def trained():
    layer = Counted([1.0, 2.0, 3.0], name="counted")
    model = model_with(layer)
    layer.bias.assign([4.0, 5.0])
    return model


@pytest.mark.parametrize("name", ["m.keras", "m.weights.h5"])
def test_what_a_layer_stores_itself_comes_back(tmp_path, name):
    model, path = trained(), tmp_path / name
    if name.endswith(".keras"):
        model.save(path)
        again = nbkeras.models.load_model(path, custom_objects={"Counted": Counted})
    else:
        model.save_weights(path)
        again = model_with(Counted(name="counted"))
        again.load_weights(path)
    np.testing.assert_array_equal(again.layers[0].table, [1, 2, 3])
    np.testing.assert_array_equal(again.layers[0].bias, [4, 5])
    x = np.ones((3, 2), "float32")
    np.testing.assert_array_equal(again.predict(x), model.predict(x))


def test_the_arrays_stand_where_keras_puts_them(tmp_path):
    trained().save_weights(tmp_path / "m.weights.h5")
    with h5py.File(tmp_path / "m.weights.h5") as file:
        assert sorted(file["layers/counted/vars"]) == ["0", "table"]


def test_real_keras_reads_the_file_and_ours_reads_that_of_keras(tmp_path):
    keras = pytest.importorskip("keras")

    class Theirs(keras.layers.Layer):
        def __init__(self, table=None, **base):
            super().__init__(**base)
            self.table = np.zeros(3) if table is None else np.asarray(table)

        def build(self, input_shape):
            self.bias = self.add_weight(shape=(input_shape[-1],), initializer="zeros")

        def call(self, x):
            return x + self.bias

        def save_own_variables(self, store):
            super().save_own_variables(store)
            store["table"] = self.table

        def load_own_variables(self, store):
            self.table = np.asarray(store["table"])
            self.bias.assign(store["0"])

    Theirs.__name__ = "Counted"  # files name groups after the class

    def their_model(table=None):
        return keras.Sequential(
            [keras.Input((2,)), Theirs(table, name="counted"), keras.layers.Dense(1)]
        )

    trained().save_weights(tmp_path / "ours.weights.h5")
    read = their_model()
    read.load_weights(tmp_path / "ours.weights.h5")
    np.testing.assert_array_equal(read.layers[0].table, [1, 2, 3])
    their_model([7.0, 8.0, 9.0]).save_weights(tmp_path / "keras.weights.h5")
    ours = model_with(Counted(name="counted"))
    ours.load_weights(tmp_path / "keras.weights.h5")
    np.testing.assert_array_equal(ours.layers[0].table, [7, 8, 9])


def test_a_store_of_texts_is_refused_in_words(tmp_path):
    class Wordy(Counted):
        def save_own_variables(self, store):
            store["word"] = "text"

    with pytest.raises(TypeError, match="must store arrays of numbers"):
        model_with(Wordy(name="wordy")).save(tmp_path / "m.keras")
    assert not (tmp_path / "m.keras").exists()


def test_a_damaged_array_of_its_own_is_refused(tmp_path):
    path = tmp_path / "m.weights.h5"
    trained().save_weights(path)
    with h5py.File(path, "r+") as file:
        file["layers/counted/vars/table"][1] = 99.0
    with pytest.raises(ValueError, match="table"):
        model_with(Counted(name="counted")).load_weights(path)
