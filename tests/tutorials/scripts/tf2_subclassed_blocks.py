"""tf.keras (2019): a subclassed model with a residual block and add_loss."""

import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Dense, Layer
from tensorflow.keras.models import Model

rng = np.random.default_rng(1)
y = np.arange(300) % 3
x = (rng.normal(size=(300, 2)) * 0.4 + np.array([[0, 2], [2, 0], [-2, -2]])[y]).astype(
    "float32"
)


class ResidualBlock(Layer):
    def __init__(self, n_neurons, **kwargs):
        super().__init__(**kwargs)
        self.hidden = [Dense(n_neurons, activation="elu") for _ in range(2)]

    def call(self, inputs):
        Z = inputs
        for layer in self.hidden:
            Z = layer(Z)
        self.add_loss(1e-4 * tf.reduce_mean(tf.square(Z)))
        return inputs + Z


class ResidualClassifier(Model):
    def __init__(self, output_dim, **kwargs):
        super().__init__(**kwargs)
        self.hidden1 = Dense(8, activation="elu")
        self.block1 = ResidualBlock(8)
        self.out = Dense(output_dim, activation="softmax")

    def call(self, inputs):
        Z = self.hidden1(inputs)
        for _ in range(2):
            Z = self.block1(Z)
        return self.out(Z)


model = ResidualClassifier(3)
model.compile("nadam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=25, verbose=0)
score = model.evaluate(x, y, verbose=0)[1]
