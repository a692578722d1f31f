"""Keras 2 (2017): a layer of one's own with build, call and compute_output_shape."""

import numpy as np
from keras import backend as K
from keras.layers import Layer
from keras.layers import Dense
from keras.models import Sequential

rng = np.random.RandomState(1)
x = rng.normal(size=(300, 6))
y = (x[:, 0] - x[:, 1] > 0).astype(int)


class MyLayer(Layer):
    def __init__(self, output_dim, **kwargs):
        self.output_dim = output_dim
        super(MyLayer, self).__init__(**kwargs)

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(input_shape[1], self.output_dim),
            initializer="uniform",
            trainable=True,
        )
        super(MyLayer, self).build(input_shape)

    def call(self, x):
        return K.dot(x, self.kernel)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.output_dim)


model = Sequential()
model.add(MyLayer(8, input_shape=(6,)))
model.add(Dense(1, activation="sigmoid"))
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(x, y, epochs=60, verbose=0)
score = model.evaluate(x, y, verbose=0)[1]
