"""Keras 1 (2016): Model(input=, output=) and merge(mode="concat")."""

import numpy as np
from keras.layers import Dense, Input, merge
from keras.models import Model

rng = np.random.RandomState(0)
left, right = rng.normal(size=(2, 300, 3))
label = (left[:, 0] * 1.0 + right[:, 1] > 0).astype(int)

a = Input(shape=(3,), name="left")
b = Input(shape=(3,), name="right")
both = merge([a, b], mode="concat", concat_axis=-1)
hidden = Dense(16, activation="tanh", W_regularizer=None)(both)
answer = Dense(1, activation="sigmoid", bias=True)(hidden)
model = Model(input=[a, b], output=answer)
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit({"left": left, "right": right}, label, nb_epoch=40, verbose=0)
score = model.evaluate([left, right], label, verbose=0)[1]
