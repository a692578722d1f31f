"""A short batch is not filled up where a layer computes over the rows."""

import numpy as np
import pytest

import nbkeras
from nbkeras import layers

X = np.random.default_rng(0).normal(size=(7, 6)).astype("float32")


def by_batch(function):
    return np.concatenate([function(X[:4]), function(X[4:])])


def standardised(batch):
    return (batch - batch.mean(0)) / np.sqrt(batch.var(0) + 1e-3)


@pytest.mark.parametrize("axis", [0, -2])
@pytest.mark.parametrize(
    ("make", "function"),
    [
        (layers.UnitNormalization, lambda b: b / np.linalg.norm(b, axis=0)),
        (
            lambda axis: layers.LayerNormalization(axis, center=False, scale=False),
            standardised,
        ),
    ],
)
def test_normalising_over_the_rows_sees_the_rows_of_the_batch_alone(
    make, function, axis
):
    model = nbkeras.Sequential([nbkeras.Input((6,)), make(axis=axis)])
    found = model.predict(X, batch_size=4, verbose=0)
    np.testing.assert_allclose(found, by_batch(function), atol=1e-5)


def test_batch_statistics_asked_for_in_the_graph_are_those_of_the_batch():
    a = nbkeras.Input((6,))
    norm = layers.BatchNormalization(center=False, scale=False)
    model = nbkeras.Model(a, norm(a, training=True))
    found = model.predict(X, batch_size=4, verbose=0)
    np.testing.assert_allclose(found, by_batch(standardised), atol=1e-5)


def test_a_model_inside_a_model_answers_for_its_calls():
    a, b = nbkeras.Input((6,)), nbkeras.Input((6,))
    norm = layers.BatchNormalization(center=False, scale=False)
    inner = nbkeras.Model(a, norm(a, training=True))
    model = nbkeras.Model(b, inner(b))
    found = model.predict(X, batch_size=4, verbose=0)
    np.testing.assert_allclose(found, by_batch(standardised), atol=1e-5)
    assert not inner.treats_rows_alone()


def test_a_layer_that_ignores_training_is_still_filled_up():
    a = nbkeras.Input((6,))
    model = nbkeras.Model(a, layers.ReLU()(a))
    assert model.treats_rows_alone()
