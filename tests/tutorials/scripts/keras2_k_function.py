"""Keras 2 (2019): K.function for a hidden layer, get_weights, set_weights."""

import numpy as np
from keras import backend as K
from keras.layers import Dense
from keras.models import Sequential

rng = np.random.RandomState(2)
centres = np.array([[0, 3], [3, 0], [-3, -3]])
y = np.arange(240) % 3
x = (centres[y] + rng.normal(scale=0.5, size=(240, 2))).astype("float32")
model = Sequential()
model.add(Dense(16, activation="tanh", input_shape=(2,), name="hidden"))
model.add(Dense(3, activation="softmax", name="answer"))
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=60, verbose=0)

# 取出隐藏层的输出
get_hidden = K.function([model.layers[0].input], [model.get_layer("hidden").output])
hidden = get_hidden([x])[0]
kernel, bias = model.get_layer("answer").get_weights()
answer = np.argmax(hidden @ kernel + bias, axis=1)
assert np.array_equal(answer, np.argmax(model.predict(x), axis=-1))
score = np.mean(answer == y)
