"""Input(tensor=...): an input that stands for a computed tensor."""

import numpy as np
import pytest

import nbkeras
from nbkeras import backend as K
from nbkeras import layers, ops

RNG = np.random.default_rng(0)
BASE, X = RNG.normal(size=(2, 1, 3)).astype("float32")


def with_base():
    """(placeholder, Input of the placeholder below a constant row, a layer of it)."""
    row = K.placeholder((1, 3))
    x = layers.Input(tensor=ops.concatenate([BASE, row], axis=0))
    dense = layers.Dense(2)
    return row, x, dense, dense(x)


def test_what_is_computed_from_it_depends_on_the_original_input():
    row, _, dense, y = with_base()
    value, gradient = K.function([row], [ops.sum(y[1]), *K.gradients(y[1], row)])([X])
    kernel, bias = dense.get_weights()
    assert value == pytest.approx(np.sum(X @ kernel + bias), rel=1e-5)
    np.testing.assert_allclose(gradient, kernel.sum(1)[None], rtol=1e-5)


def test_a_model_that_begins_there_takes_its_values():
    _, x, dense, y = with_base()
    model = nbkeras.Model(x, y)
    assert [layer.name for layer in model.layers] == [x.name, dense.name]
    both = np.concatenate([BASE, X])
    kernel, bias = dense.get_weights()
    np.testing.assert_allclose(model(both), both @ kernel + bias, rtol=1e-5)
    assert nbkeras.models.model_from_json(model.to_json()).output_shape == (2, 2)
