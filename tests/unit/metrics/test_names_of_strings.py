"""A metric given as a string has the string as its name in the history, as in Keras."""

import keras
import numpy as np
import pytest

import nbkeras
from nbkeras import callbacks

X = np.linspace(-1, 1, 12, dtype="float32").reshape(6, 2)
Y = np.array([0, 1, 0, 1, 1, 0])


def fitted(library, metrics, **options):
    model = library.Sequential(
        [library.Input((2,)), library.layers.Dense(1, activation="sigmoid")]
    )
    model.compile("sgd", "binary_crossentropy", metrics=metrics)
    return model.fit(X, Y, verbose=0, **options).history


@pytest.mark.parametrize(
    "metrics",
    [["AUC"], ["Precision", "Recall"], ["MeanSquaredError", "mse"], ["BinaryAccuracy"]],
)
def test_the_history_has_the_names_that_keras_gives(metrics):
    ours, theirs = fitted(nbkeras, metrics), fitted(keras, metrics)
    assert sorted(ours) == sorted(theirs)


def test_the_name_of_keras_2_finds_it_too():
    stopping = callbacks.EarlyStopping("val_auc", patience=2)
    history = fitted(
        nbkeras, ["AUC"], validation_split=0.5, epochs=2, callbacks=[stopping]
    )
    assert history["val_auc"] == history["val_AUC"]
    assert stopping._watch.mode == "max"
    assert stopping.best == max(history["val_AUC"])
