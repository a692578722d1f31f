"""Layers and weights in nested containers are found, computed with and saved."""

import collections

import keras
import numpy as np
import pytest

import nbkeras
from nbkeras import Input, Sequential, layers
from nbkeras.saving import weight_layout

X = np.ones((4, 3), "float32")
Pair = collections.namedtuple("Pair", "first second")


def blocks(lib, contents, order):
    """A layer of `lib` that holds `contents(lib.layers)` and runs `order` of them."""

    class Blocks(lib.layers.Layer):
        def __init__(self, **base):
            super().__init__(**base)
            self.blocks = contents(lib.layers)

        def call(self, x):
            for layer in order(self.blocks):
                x = layer(x)
            return x

    return Blocks


NESTED = {
    "list in list": (
        lambda layers: [[layers.Dense(3), layers.Dense(2)], [layers.Dense(2)]],
        lambda held: [*held[0], *held[1]],
    ),
    "dict in list": (
        lambda layers: [{"p": layers.Dense(3), "q": layers.Dense(2)}],
        lambda held: list(held[0].values()),
    ),
    "tuple in dict": (
        lambda layers: {"k": (layers.Dense(3), layers.Dense(2)), "a": layers.Dense(1)},
        lambda held: [*held["k"], held["a"]],
    ),
    "namedtuple": (
        lambda layers: Pair(layers.Dense(3), [layers.Dense(2)]),
        lambda held: [held.first, held.second[0]],
    ),
    "OrderedDict": (
        lambda layers: collections.OrderedDict(z=layers.Dense(3), a=layers.Dense(2)),
        lambda held: [held["z"], held["a"]],
    ),
}


@pytest.mark.parametrize("kind", NESTED)
def test_a_weights_file_of_keras_with_nested_containers_gives_its_predictions(
    kind, tmp_path
):
    theirs = keras.Sequential([keras.Input((3,)), blocks(keras, *NESTED[kind])()])
    ours = Sequential([Input((3,)), blocks(nbkeras, *NESTED[kind])()])
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    ours.load_weights(tmp_path / "theirs.weights.h5")
    np.testing.assert_allclose(ours(X), theirs(X), rtol=1e-5)


@pytest.mark.parametrize("kind", NESTED)
def test_a_saved_model_keeps_the_weights_in_nested_containers(kind, tmp_path):
    cls = blocks(nbkeras, *NESTED[kind])
    model = Sequential([Input((3,)), cls()])
    model.save(tmp_path / "model.keras")
    again = nbkeras.models.load_model(
        tmp_path / "model.keras", custom_objects={"Blocks": cls}
    )
    np.testing.assert_array_equal(again(X), model(X))


def test_a_container_that_holds_itself_is_walked_once():
    class Cyclic(layers.Layer):
        def __init__(self):
            super().__init__()
            self.parts = [layers.Dense(2, kernel_initializer="ones")]
            self.parts.append(self.parts)
            self.parts.append(self)

        def call(self, x):
            return self.parts[1][0](x)

    cyclic = Cyclic()
    np.testing.assert_allclose(cyclic(X), np.full((4, 2), 3.0))
    assert len(cyclic.weights) == 2


def test_saving_refuses_a_weight_that_has_no_place(monkeypatch):
    class Hidden(layers.Layer):
        def build(self, input_shape):
            self.dense = layers.Dense(2)
            self.dense.build(input_shape)

        def call(self, x):
            return self.dense(x)

    model = Sequential([Input((3,)), Hidden()])
    monkeypatch.setattr(
        weight_layout, "_NOT_WALKED", (*weight_layout._NOT_WALKED, "dense")
    )
    with pytest.raises(ValueError, match=r"cannot store the weights .*kernel"):
        weight_layout.to_bytes(model)


@pytest.mark.parametrize(
    ("make", "numbers"),
    [
        (lambda: layers.CategoryEncoding(4, output_mode="one_hot"), [1, 2]),
        (lambda: layers.Embedding(3, 2), [[1, 2], [0, 1]]),
        (lambda: layers.Dense(2), [[1.0, 2.0, 3.0]]),
    ],
)
def test_a_list_of_numbers_is_one_input(make, numbers):
    layer = make()
    np.testing.assert_array_equal(layer(numbers), layer(np.array(numbers)))


def test_a_list_of_arrays_is_several_inputs():
    np.testing.assert_array_equal(layers.Add()([np.ones(2), np.ones(2)]), [2, 2])
