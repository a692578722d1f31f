"""Keras 3 on JAX (2025): keras.random and SeedGenerator add noise inside a layer."""

import os

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np
from keras import layers, ops


class AddNoise(layers.Layer):
    def __init__(self, stddev, seed=None):
        super().__init__()
        self.stddev = stddev
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        if not training:
            return inputs
        noise = keras.random.normal(ops.shape(inputs), seed=self.seed_generator)
        return inputs + self.stddev * noise


rng = np.random.default_rng(0)
basis = rng.normal(size=(2, 12))
clean = (rng.normal(size=(400, 2)) @ basis).astype("float32")
model = keras.Sequential(
    [keras.Input((12,)), AddNoise(0.1, seed=1), layers.Dense(2), layers.Dense(12)]
)
model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mse")
model.fit(clean, clean, epochs=40, batch_size=32, verbose=0)
error = ops.mean(ops.square(ops.convert_to_tensor(model.predict(clean)) - clean))
score = 1 - float(ops.convert_to_numpy(error)) / float(clean.var())
