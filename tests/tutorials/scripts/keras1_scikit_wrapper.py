"""Keras 1 (2016): KerasClassifier of keras.wrappers.scikit_learn in a search by hand."""

import numpy as np
from keras.layers import Dense
from keras.models import Sequential
from keras.wrappers.scikit_learn import KerasClassifier

rng = np.random.RandomState(0)
X = rng.normal(size=(240, 4))
Y = (X[:, 0] > X[:, 2]).astype(int)


def create_model(neurons=4):
    model = Sequential()
    model.add(Dense(neurons, input_dim=4, init="normal", activation="relu"))
    model.add(Dense(1, init="normal", activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


results = {}
for neurons in (8, 16):
    estimator = KerasClassifier(
        build_fn=create_model, neurons=neurons, nb_epoch=60, batch_size=10, verbose=0
    )
    estimator.fit(X[:160], Y[:160])
    results[neurons] = estimator.score(X[160:], Y[160:])
score = max(results.values())
