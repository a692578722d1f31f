"""Inputs in nested lists and dicts, and inputs handed over by keyword."""

import numpy as np
import pytest

import nbkeras
from nbkeras import layers

X = np.random.default_rng(0).normal(size=(3, 2)).astype("float32")


def inputs():
    return [nbkeras.Input((2,), name=name) for name in "abc"]


def nested_dict():
    a, b, c = inputs()
    weighted = [a, 2.0 * b, 3.0 * c]
    model = nbkeras.Model({"1": a, "more": {"2": b, "3": c}}, layers.Add()(weighted))
    return model, {"1": X, "more": {"3": 4 * X, "2": 2 * X}}


def nested_list():
    a, b, c = inputs()
    model = nbkeras.Model([a, [b, c]], layers.Add()([a, 2.0 * b, 3.0 * c]))
    return model, (X, (2 * X, 4 * X))


@pytest.mark.parametrize("make", [nested_dict, nested_list])
def test_nested_inputs_reach_their_places_in_calls_and_predict(make):
    model, data = make()
    np.testing.assert_allclose(model(data), 17 * X, 1e-6)
    np.testing.assert_allclose(model.predict(data, verbose=0), 17 * X, 1e-6)


@pytest.mark.parametrize("make", [nested_dict, nested_list])
def test_a_model_of_nested_inputs_is_evaluated(make):
    model, data = make()
    model.compile("sgd", "mse")
    by_hand = np.mean((17 * X) ** 2)
    assert model.evaluate(data, 0 * X, verbose=0) == pytest.approx(by_hand, rel=1e-5)


@pytest.mark.parametrize(
    "layer",
    [layers.Flatten(), layers.Activation("relu"), layers.BatchNormalization()],
    ids=lambda layer: type(layer).__name__,
)
def test_the_first_argument_may_be_called_inputs_as_in_keras(layer):
    np.testing.assert_array_equal(layer(inputs=X), layer(X))
    symbolic = nbkeras.Input((2,))
    assert layer(inputs=symbolic).shape == (None, 2)


def test_a_model_takes_its_inputs_by_keyword():
    x = nbkeras.Input((2,))
    model = nbkeras.Model(x, layers.Dense(1)(x))
    np.testing.assert_array_equal(model(inputs=X, training=False), model(X))
