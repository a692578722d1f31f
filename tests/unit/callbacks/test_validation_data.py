"""Callbacks find the validation data where Keras 2 put it: `self.validation_data`."""

import numpy as np
import pytest

import nbkeras
from nbkeras import layers
from nbkeras.callbacks import Callback

X = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")


class Scores(Callback):
    def on_epoch_end(self, epoch, logs=None):
        inputs, targets, weights = self.validation_data
        wrong = np.mean((self.model.predict(inputs, verbose=0) > 0.5) != targets)
        self.found = inputs, targets, weights, 1 - wrong


def model():
    model = nbkeras.Sequential([layers.Dense(1, "sigmoid", input_dim=3)])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    return model


def test_a_callback_scores_the_validation_data_itself():
    scores = Scores()
    history = model().fit(
        X, Y, validation_data=(X[:8], Y[:8]), verbose=0, callbacks=[scores]
    )
    np.testing.assert_array_equal(scores.found[0], X[:8])
    np.testing.assert_array_equal(scores.found[1], Y[:8])
    np.testing.assert_array_equal(scores.found[2], np.ones(8))
    accuracy = history.history["val_accuracy"][0]
    assert scores.found[3] == pytest.approx(accuracy, abs=1e-6)


def test_each_fit_offers_its_own_data_also_from_a_split():
    scores, trained = Scores(), model()
    trained.fit(X, Y, validation_data=(X[:8], Y[:8]), verbose=0, callbacks=[scores])
    trained.fit(X, Y, validation_split=0.25, verbose=0, callbacks=[scores])
    np.testing.assert_array_equal(scores.found[0], X[15:])


def test_data_of_its_own_is_kept():
    scores = Scores()
    scores.validation_data = own = (X[:2], Y[:2], None)
    model().fit(X, Y, validation_data=(X[:8], Y[:8]), verbose=0, callbacks=[scores])
    assert scores.validation_data is own
