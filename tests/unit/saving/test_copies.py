"""Models as bytes: copies, pickles and files in memory."""

import copy
import io
import pickle

import numpy as np
import pytest

import nbkeras
from nbkeras import layers

X = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")
Y = X[:, :1]


def sequential():
    return nbkeras.Sequential([nbkeras.Input((4,)), layers.Dense(1)])


def functional():
    x = nbkeras.Input((4,))
    hidden = layers.BatchNormalization()(layers.Dense(3)(x))
    return nbkeras.Model(x, layers.Dense(1)(hidden))


def fitted(make):
    model = make()
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(X, Y, epochs=2, verbose=0)
    return model


def pickled(model):
    return pickle.loads(pickle.dumps(model))


def through_memory(model):
    file = io.BytesIO()
    nbkeras.saving.save_model(model, file)
    file.seek(0)
    return nbkeras.saving.load_model(file)


WAYS = [copy.deepcopy, pickled, through_memory]
MODELS = [sequential, functional]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("make", MODELS)
def test_a_copy_of_a_fitted_model_predicts_and_goes_on_training_alike(make, way):
    model = fitted(make)
    twin = way(model)
    np.testing.assert_array_equal(
        twin.predict(X, verbose=0), model.predict(X, verbose=0)
    )
    for each in (model, twin):
        each.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
    np.testing.assert_allclose(
        twin.predict(X, verbose=0), model.predict(X, verbose=0), 1e-6
    )


@pytest.mark.parametrize("way", WAYS)
def test_training_a_copy_leaves_the_original_as_it_was(way):
    model = fitted(sequential)
    before = model.get_weights()
    way(model).fit(X, Y, verbose=0)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_an_own_predict_step_is_called_by_predict_and_predict_on_batch():
    class Own(nbkeras.Model):
        def predict_step(self, data):
            return self(data) + 1

    x = nbkeras.Input((4,))
    model = Own(x, layers.Dense(1)(x))
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    for predict in (model.predict, model.predict_on_batch):
        np.testing.assert_allclose(predict(X), np.asarray(model(X)) + 1, 1e-6)


def test_a_step_whose_first_argument_is_state_is_one_of_keras_on_jax():
    class Own(nbkeras.Sequential):
        def predict_step(self, state, data=None):
            y, state = super().predict_step(state, data)
            return y + 1, state

    model = Own([nbkeras.Input((4,)), layers.Dense(1)])
    expected = np.asarray(model(X)) + 1
    np.testing.assert_allclose(model.predict(X, verbose=0), expected, 1e-6)
