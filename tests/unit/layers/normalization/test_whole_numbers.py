"""Whole numbers are scaled to length 1 as floating ones are."""

import numpy as np
import pytest

import nbkeras

X = np.array([[1, 2, 3], [4, 5, 6]])


@pytest.mark.parametrize(
    "scaled",
    [
        nbkeras.ops.normalize,
        lambda x: nbkeras.ops.normalize(x, order=3),
        lambda x: nbkeras.layers.UnitNormalization()(x),
        lambda x: nbkeras.layers.LayerNormalization()(x),
        lambda x: nbkeras.losses.cosine_similarity(x[:1], x[1:]),
        lambda x: nbkeras.layers.Dot(1, normalize=True)([x[:1], x[1:]]),
    ],
    ids=["normalize", "order", "unit", "layer", "cosine", "dot"],
)
def test_whole_numbers_give_what_floating_ones_give(scaled):
    whole, floating = np.asarray(scaled(X)), np.asarray(scaled(X.astype("float32")))
    assert whole.dtype == floating.dtype == "float32"
    np.testing.assert_allclose(whole, floating, rtol=1e-6)


def test_the_length_is_that_of_numpy():
    length = np.linalg.norm(X, axis=1, keepdims=True)
    np.testing.assert_allclose(nbkeras.ops.normalize(X), X / length, rtol=1e-6)
