"""What a model gave as of each epoch, against the models of these epochs."""

import numpy as np
import pytest

from nbkeras import Input, Sequential
from nbkeras.analysis import answers_over_epochs
from nbkeras.layers import BatchNormalization, Dense, Dropout
from nbkeras.train import History

X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
Y = X[:, :2] + X[:, 2:]


@pytest.fixture(scope="module")
def history():
    model = Sequential([Input((4,)), Dense(8, "tanh"), BatchNormalization()])
    model.add(Dropout(0.3))
    model.add(Dense(2))
    model.compile("adam", "mse")
    return model.fit(X, Y, epochs=3, verbose=0, keep_epochs=True)


def test_answers_equal_what_the_models_of_then_predict(history):
    answers = answers_over_epochs(history, X[:5])
    assert answers.epochs.tolist() == [0, 1, 2, 3]
    for epoch, outputs in zip(answers.epochs, answers.outputs, strict=True):
        then = history.model_at(int(epoch)).predict(X[:5], verbose=0)
        np.testing.assert_allclose(outputs, then, rtol=1e-6, atol=1e-6)
    assert not np.allclose(answers.outputs[0], answers.outputs[3])


def test_only_the_epochs_asked_for_are_computed(history):
    assert answers_over_epochs(history, X[:1], [2]).outputs.shape == (1, 1, 2)


def test_a_run_without_kept_epochs_says_how_to_keep_them():
    with pytest.raises(ValueError, match="keep_epochs=True"):
        answers_over_epochs(History(), X, [1])
