"""Functions and objects of the user's own in files: never taken for the library's."""

import numpy as np
import pytest

import nbkeras
from nbkeras import layers, ops

X = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")


def mish(z):
    return 10.0 * z


def l2(weight):
    return 3.0 * ops.sum(ops.square(weight))


class Grow:
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, x):
        return x * self.factor

    def get_config(self):
        return {"factor": self.factor}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def ending_in(**settings):
    return nbkeras.Sequential([nbkeras.Input((4,)), layers.Dense(2, **settings)])


def saved(model, folder):
    model.save(folder / "model.keras")
    return folder / "model.keras"


def test_own_functions_under_known_names_come_back_from_a_file(tmp_path):
    model = ending_in(activation=mish, kernel_regularizer=l2)
    path = saved(model, tmp_path)
    again = nbkeras.models.load_model(path, custom_objects={"mish": mish, "l2": l2})
    assert again.layers[0].activation is mish
    assert again.layers[0].kernel_regularizer is l2
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


def test_an_own_function_under_a_known_name_is_refused_when_not_handed_over(tmp_path):
    path = saved(ending_in(activation=mish), tmp_path)
    with pytest.raises(ValueError, match=r"custom_objects=\{'mish': mish\}"):
        nbkeras.models.load_model(path)


def test_a_registered_function_under_a_known_name_is_found_by_itself(tmp_path):
    before = dict(nbkeras.saving.get_custom_objects())

    @nbkeras.saving.register_keras_serializable("Mine")
    def mish(z):
        return -z

    try:
        model = ending_in(activation=mish)
        again = nbkeras.models.load_model(saved(model, tmp_path))
        np.testing.assert_array_equal(again.predict(X), model.predict(X))
    finally:
        known = nbkeras.saving.get_custom_objects()
        known.clear()
        known.update(before)


def test_the_librarys_functions_stay_names_in_a_config():
    config = ending_in(activation="mish").layers[0].get_config()
    assert config["activation"] == "mish"


def test_custom_objects_come_before_the_librarys_names():
    with nbkeras.saving.custom_object_scope({"mish": mish}):
        assert layers.Dense(2, activation="mish").activation is mish


def test_keras_opens_a_file_with_an_own_function(keras, tmp_path):
    def swirl(z):
        return 2.0 * z

    model = ending_in(activation=swirl)
    path = saved(model, tmp_path)
    theirs = keras.models.load_model(path, custom_objects={"swirl": swirl})
    np.testing.assert_allclose(theirs.predict(X, verbose=0), model.predict(X), 1e-5)


def test_an_own_loss_under_a_known_name_comes_back_from_a_file(tmp_path):
    def mse(y_true, y_pred):
        return 7.0 * ops.mean(ops.square(y_true - y_pred), axis=-1)

    model = ending_in()
    model.compile("sgd", loss=mse)
    path = saved(model, tmp_path)
    again = nbkeras.models.load_model(path, custom_objects={"mse": mse})
    assert again.loss is mse
    with pytest.raises(ValueError, match=r"custom_objects=\{'mse': mse\}"):
        nbkeras.models.load_model(path)


def test_an_own_class_under_a_known_name_is_refused_when_not_handed_over(tmp_path):
    class ReLU(layers.Layer):
        def call(self, x):
            return -x

    model = nbkeras.Sequential([nbkeras.Input((4,)), ReLU()])
    path = saved(model, tmp_path)
    with pytest.raises(ValueError, match=r"custom_objects=\{'ReLU': ReLU\}"):
        nbkeras.models.load_model(path)
    again = nbkeras.models.load_model(path, custom_objects={"ReLU": ReLU})
    np.testing.assert_array_equal(again.predict(X), -X)


def test_a_lambda_layer_never_takes_an_activation_for_a_function_of_ones_own(tmp_path):
    model = nbkeras.Sequential([nbkeras.Input((4,)), layers.Lambda(mish)])
    path = saved(model, tmp_path)
    with pytest.raises(ValueError, match=r"custom_objects=\{'mish': function\}"):
        nbkeras.models.load_model(path)


def test_a_clone_has_the_functions_themselves():
    model = ending_in(activation=mish, kernel_regularizer=l2)
    clone = nbkeras.models.clone_model(model)
    assert clone.layers[0].activation is mish
    assert clone.layers[0].kernel_regularizer is l2


def test_a_clone_of_a_wrapper_has_the_function_of_the_layer_within():
    inner = layers.Dense(2, activation=lambda z: 4.0 * z)
    wrapped = layers.TimeDistributed(inner)
    clone = nbkeras.models.clone_model(
        nbkeras.Sequential([nbkeras.Input((3, 4)), wrapped])
    )
    assert clone.layers[0].layer.activation is inner.activation


@pytest.mark.parametrize(
    "activation",
    [layers.LeakyReLU(0.3), layers.ReLU(max_value=1.0), layers.PReLU(), Grow(3.0)],
    ids=lambda activation: type(activation).__name__,
)
def test_layers_and_objects_with_a_config_are_activations_in_files(
    activation, tmp_path
):
    model = ending_in(activation=activation)
    again = nbkeras.models.load_model(saved(model, tmp_path), {"Grow": Grow})
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


def test_keras_opens_a_layer_used_as_an_activation(keras, tmp_path):
    model = ending_in(activation=layers.LeakyReLU(0.3))
    theirs = keras.models.load_model(saved(model, tmp_path))
    np.testing.assert_allclose(theirs.predict(X, verbose=0), model.predict(X), 1e-5)


def test_arrays_and_numpy_numbers_in_a_config_are_written_as_lists(tmp_path):
    class Scale(layers.Layer):
        def __init__(self, table, power=1, **base):
            super().__init__(**base)
            self.table, self.power = np.asarray(table, "float32"), int(power)

        def call(self, x):
            return x * self.table**self.power

        def get_config(self):
            own = {"table": self.table, "power": np.int64(self.power)}
            return {**super().get_config(), **own}

    model = nbkeras.Sequential([nbkeras.Input((4,)), Scale([1, 2, 3, 4], 2)])
    again = nbkeras.models.load_model(saved(model, tmp_path), {"Scale": Scale})
    np.testing.assert_allclose(again.predict(X), X * np.array([1, 4, 9, 16]), 1e-6)


def test_an_own_activation_called_sigmoid_is_not_taken_for_the_librarys():
    def sigmoid(z):
        return 0.5 + 0.25 * ops.tanh(z)

    model = nbkeras.Sequential(
        [nbkeras.Input((4,)), layers.Dense(1, activation=sigmoid)]
    )
    model.compile("sgd", "binary_crossentropy")
    y = np.array([[0.0], [1.0], [1.0]], "float32")
    p = model.predict(X, verbose=0)
    by_hand = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    assert model.evaluate(X, y, verbose=0) == pytest.approx(by_hand, abs=1e-5)


def test_a_registered_function_does_not_take_the_place_of_the_librarys(tmp_path):
    @nbkeras.saving.register_keras_serializable(package="tests_of_own_functions")
    def mse(y_true, y_pred):
        return 9.0 + 0.0 * nbkeras.ops.sum(y_pred, axis=-1)

    x = np.ones((4, 3), "float32")
    model = nbkeras.Sequential([nbkeras.Input((3,)), nbkeras.layers.Dense(1)])
    results = {}
    for loss in ("mse", mse):
        model.compile("sgd", loss, metrics=[loss])
        model.save(tmp_path / "model.keras")
        loaded = nbkeras.saving.load_model(tmp_path / "model.keras")
        results[loss] = loaded.evaluate(x, x[:, :1], verbose=0)
        np.testing.assert_allclose(
            results[loss], model.evaluate(x, x[:, :1], verbose=0), rtol=1e-6
        )
    assert results[mse] == [9.0, 9.0] != results["mse"]
    nbkeras.saving.get_custom_objects().pop("mse")
