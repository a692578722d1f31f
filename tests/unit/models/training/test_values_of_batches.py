"""Values that no loss can use are found in whichever batch they come."""

import numpy as np
import pytest

from nbkeras import Input, Sequential, layers
from nbkeras.core.notices import NbkerasNotice
from nbkeras.data.py_dataset import Sequence
from nbkeras.optimizers import SGD

RNG = np.random.default_rng(0)
X = RNG.normal(size=(96, 4)).astype("float32")
GOOD = RNG.integers(0, 3, 96)


def wrong(value):
    y = GOOD.copy()
    y[40] = value
    return y


def classifier():
    model = Sequential([Input((4,)), layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def batches(y, x=X):
    for start in range(0, 96, 32):
        yield x[start : start + 32], y[start : start + 32]


class Numbered(Sequence):
    def __init__(self, y):
        super().__init__()
        self.y = y

    def __len__(self):
        return 3

    def __getitem__(self, k):
        return X[k * 32 : (k + 1) * 32], self.y[k * 32 : (k + 1) * 32]


@pytest.mark.parametrize("value", [3, -1, 7])
@pytest.mark.parametrize(("make", "kind"), [(batches, "generator"), (Numbered, "Numb")])
def test_fit_names_the_batch_whose_labels_no_unit_stands_for(value, make, kind):
    with pytest.raises(ValueError, match=rf"Batch 1 of the {kind}\w*: y: labels run"):
        classifier().fit(make(wrong(value)), shuffle=False, verbose=0)


def test_a_bad_label_in_a_later_epoch_names_the_epoch():
    def endless():
        yield from batches(GOOD)
        yield from batches(wrong(7))

    with pytest.raises(ValueError, match=r"Batch 1 of the generator in epoch 2: y"):
        classifier().fit(endless(), steps_per_epoch=3, epochs=2, verbose=0)


def test_evaluate_looks_at_each_batch():
    with pytest.raises(ValueError, match=r"Batch 1 of the generator: y: labels run"):
        classifier().evaluate(batches(wrong(7)), steps=3, verbose=0)


def test_validation_data_is_looked_at_in_each_batch():
    with pytest.raises(ValueError, match=r"In validation_data: Batch 1 of the gen"):
        classifier().fit(
            X,
            GOOD,
            validation_data=batches(wrong(7)),
            validation_steps=3,
            verbose=0,
        )


def test_weights_of_another_rank_in_a_later_batch_are_refused():
    def of_two_ranks():
        yield X[:32], GOOD[:32], np.ones(32)
        yield X[32:64], GOOD[32:64], np.ones((32, 3))

    words = r"Batch 1 of the generator: sample_weight has the shape \(32, 3\)"
    with pytest.raises(ValueError, match=words):
        classifier().fit(of_two_ranks(), verbose=0)


def test_words_beyond_the_embedding_are_found_in_a_later_batch():
    model = Sequential([Input((2,), dtype="int32"), layers.Embedding(5, 3)])
    words = np.zeros((96, 2), "int32")
    words[40] = 9
    with pytest.raises(ValueError, match=r"Batch 1 of the generator: x has indices"):
        model.predict(batches(GOOD, words), verbose=0)


def test_sequences_of_another_length_in_a_later_batch_are_no_mistake():
    model = Sequential([Input((None, 4)), layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")

    def longer():
        for steps in (5, 7):
            yield np.ones((2, steps, 4), "float32"), np.ones((2, steps), "int32")

    assert np.isfinite(model.fit(longer(), verbose=0).history["loss"][0])


def test_negative_weights_count_as_they_are_and_are_noticed():
    model = Sequential([Input((4,)), layers.Dense(1)])
    model.compile(SGD(0.0), "mse")
    y = X.sum(axis=1, keepdims=True)
    weight = np.where(y[:, 0] > 0, 1.0, -0.5)
    with pytest.warns(NbkerasNotice, match=r"negative values.*np\.maximum"):
        loss = model.evaluate(X, y, sample_weight=weight, batch_size=96, verbose=0)
    distances = (model.predict(X, verbose=0) - y)[:, 0] ** 2
    np.testing.assert_allclose(loss, (weight * distances).mean(), rtol=1e-5)
