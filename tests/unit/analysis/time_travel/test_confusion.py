"""The confusion matrix as of a kept epoch, against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from nbkeras import Input, Sequential
from nbkeras.analysis import confusion_at
from nbkeras.layers import Dense

RNG = np.random.default_rng(0)
X = RNG.normal(size=(150, 4)).astype("float32")
Y = (X @ RNG.normal(size=(4, 3))).argmax(axis=1)


def history_of(units, activation, loss, y):
    model = Sequential([Input((4,)), Dense(units, activation)])
    model.compile("sgd", loss)
    return model.fit(X, y, epochs=2, verbose=0, keep_epochs=True)


@pytest.mark.parametrize("epoch", [0, 1, 2])
def test_it_is_that_of_scikit_learn(epoch):
    history = history_of(3, "softmax", "sparse_categorical_crossentropy", Y)
    predicted = history.model_at(epoch).predict(X, verbose=0).argmax(axis=1)
    expected = confusion_matrix(Y, predicted, labels=[0, 1, 2])
    np.testing.assert_array_equal(confusion_at(history, X, Y, epoch), expected)


@pytest.mark.parametrize("activation", ["sigmoid", None])
def test_a_single_output_tells_two_classes_apart(activation):
    y = (Y == 1).astype(int)
    history = history_of(1, activation, "mse", y)
    scores = history.model_at(2).predict(X, verbose=0)[:, 0]
    predicted = (scores > (0.5 if activation else 0)).astype(int)
    expected = confusion_matrix(y, predicted, labels=[0, 1])
    np.testing.assert_array_equal(confusion_at(history, X, y, 2), expected)


def test_numbers_to_predict_are_refused_with_advice():
    history = history_of(1, None, "mse", X[:, 0])
    with pytest.raises(ValueError, match=r"Needed are one class number per row"):
        confusion_at(history, X, X[:, 0], 1)
