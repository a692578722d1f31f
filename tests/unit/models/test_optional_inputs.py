"""Optional inputs, several inputs of a Sequential, and outputs in a tuple."""

import keras
import numpy as np
import pytest

import nbkeras
from nbkeras import layers

X = np.random.default_rng(0).normal(size=(6, 2)).astype("float32")
Y = np.ones((6, 2), "float32")
ABSENT = {"x": X, "o": None}
GIVEN = {"x": X, "o": 2 * X}


def double_sum(library):
    class DoubleSum(library.layers.Layer):
        """Twice x, plus o where it is given."""

        def __init__(self):
            super().__init__()
            self.dense = library.layers.Dense(2, kernel_initializer="ones")

        def call(self, x, o=None):
            return self.dense(x if o is None else x + o)

    return DoubleSum()


def model_of(library):
    x = library.Input((2,), name="x")
    o = library.Input((2,), name="o", optional=True)
    model = library.Model({"x": x, "o": o}, double_sum(library)(x, o))
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize("data", [ABSENT, GIVEN], ids=["absent", "given"])
def test_a_model_with_an_optional_input_trains_as_in_keras(data):
    ours, theirs = model_of(nbkeras), model_of(keras)
    histories = [
        model.fit(data, Y, batch_size=2, epochs=2, shuffle=False, verbose=0).history
        for model in (ours, theirs)
    ]
    np.testing.assert_allclose(histories[0]["loss"], histories[1]["loss"], 1e-4)
    np.testing.assert_allclose(
        ours.predict(data, verbose=0), theirs.predict(data, verbose=0), rtol=1e-4
    )
    np.testing.assert_allclose(ours(data), theirs(data), rtol=1e-4)


def test_batches_of_a_generator_may_leave_an_optional_input_out():
    model, other = model_of(nbkeras), model_of(nbkeras)
    model.fit(iter([(ABSENT, Y)]), verbose=0)
    other.fit(ABSENT, Y, batch_size=6, shuffle=False, verbose=0)
    np.testing.assert_array_equal(model(ABSENT), other(ABSENT))


@pytest.mark.parametrize("call", ["fit", "model"])
def test_none_for_an_input_that_is_not_optional_is_refused(call):
    model = model_of(nbkeras)
    data = {"x": None, "o": X}
    with pytest.raises(ValueError, match=r"write Input\(\.\.\., optional=True\)"):
        model.fit(data, Y, verbose=0) if call == "fit" else model(data)


def test_an_optional_input_stays_optional_in_a_copy_by_its_config():
    layer = layers.InputLayer((2,), optional=True)
    assert layers.InputLayer.from_config(layer.get_config()).optional
    assert keras.layers.InputLayer.from_config(layer.get_config()).optional


class Crossed(layers.Layer):
    def call(self, x):
        return {"sum": x["a"] + x["b"], "product": x["a"] * x["b"]}


class Together(layers.Layer):
    def call(self, x):
        return x["sum"] - x["product"]


def test_a_sequential_takes_a_dict_where_its_first_layer_does():
    model = nbkeras.Sequential([Crossed(), Together(), layers.Dense(1, None)])
    data = {"a": X, "b": 3 * X}
    by_hand = (4 * X - 3 * X**2) @ np.asarray(model.build_for(data).weights[0])
    np.testing.assert_allclose(model(data), by_hand, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        model.predict(data, verbose=0), by_hand, rtol=1e-4, atol=1e-5
    )


def test_a_sequential_that_begins_with_a_merging_layer_comes_back_from_its_file(
    tmp_path,
):
    model = nbkeras.Sequential([layers.Add(), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit([X, X], Y[:, :1], verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = nbkeras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded([X, X]), model([X, X]))


@pytest.mark.parametrize("kind", [tuple, list])
def test_outputs_keep_their_kind_in_a_model_from_its_config(kind):
    x = nbkeras.Input((2,))
    model = nbkeras.Model(x, kind([layers.Dense(1)(x), layers.Dense(2)(x)]))
    again = nbkeras.Model.from_config(model.get_config())
    assert isinstance(again(X), kind)
    assert isinstance(again.output, kind)


def test_a_list_for_a_dict_of_inputs_is_taken_in_order_and_said():
    a, b = nbkeras.Input((2,), name="a"), nbkeras.Input((2,), name="b")
    model = nbkeras.Model({"a": a, "b": b}, a - 2.0 * b)
    with pytest.warns(UserWarning, match=r"Write \{'a': \.\.\., \.\.\.\}"):
        np.testing.assert_allclose(model([X, Y]), X - 2 * Y, rtol=1e-6)
