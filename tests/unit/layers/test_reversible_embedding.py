"""ReversibleEmbedding against real Keras."""

import keras_oracle as oracle
import layer_cases as cases
import numpy as np
import pytest

import nbkeras
from nbkeras import layers

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("tie", [True, False])
@pytest.mark.parametrize("cap", [None, 2.0])
def test_scores_of_a_reversible_embedding_equal_keras(tie, cap):
    config = {"input_dim": 7, "output_dim": 4}
    config |= {"tie_weights": tie, "logit_soft_cap": cap}
    ours, theirs = oracle.pair("ReversibleEmbedding", config)
    ids = np.array([[1, 2, 3]])
    ours(ids), theirs(ids)
    assert [w.name for w in ours.weights] == [w.name for w in theirs.weights]
    theirs.set_weights([RNG.normal(size=w.shape) for w in theirs.weights])
    ours.set_weights(theirs.get_weights())
    np.testing.assert_allclose(ours(ids), theirs(ids), rtol=1e-6)
    x = RNG.normal(size=(2, 3, 4)).astype("float32")
    np.testing.assert_allclose(
        ours(x, reverse=True), theirs(x, reverse=True), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("case", cases.TIED, ids=cases.label)
def test_config_is_read_by_keras_and_back(case):
    oracle.assert_config_travels(*case[:2])


def test_a_tied_language_model_trains_its_table_both_ways():
    ids = layers.Input((5,), dtype="int32")
    table = layers.ReversibleEmbedding(6, 8)
    scores = table(layers.Dense(8, activation="tanh")(table(ids)), reverse=True)
    model = nbkeras.Model(ids, scores)
    loss = nbkeras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(nbkeras.optimizers.Adam(0.05), loss)
    x = RNG.integers(0, 6, (60, 5))
    history = model.fit(x, (x + 1) % 6, epochs=15, verbose=0).history["loss"]
    assert history[-1] < 0.1 < history[0]
