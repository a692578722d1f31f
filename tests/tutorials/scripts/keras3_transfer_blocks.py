"""Keras 3 (2025): a base of one's own is frozen, gets a head, is fine-tuned."""

import keras
import numpy as np

with np.load("mnist.npz") as data:
    x, y = (
        data["x_train"][:600, ..., None].astype("float32") / 255,
        data["y_train"][:600],
    )
base_model = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        keras.layers.Conv2D(8, 3, strides=2, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(32, activation="relu"),
    ],
    name="base",
)
pretrain = keras.Sequential([base_model, keras.layers.Dense(2, activation="softmax")])
pretrain.compile("adam", "sparse_categorical_crossentropy")
pretrain.fit(x, y % 2, epochs=4, verbose=0)

base_model.trainable = False
inputs = keras.Input(shape=(28, 28, 1))
outputs = keras.layers.Dense(1)(base_model(inputs, training=False))
model = keras.Model(inputs, outputs)
assert len(model.trainable_weights) == 2
options = {
    "loss": keras.losses.BinaryCrossentropy(from_logits=True),
    "metrics": [keras.metrics.BinaryAccuracy(threshold=0.0)],
}
model.compile(optimizer=keras.optimizers.Adam(1e-2), **options)
model.fit(x, y == 0, epochs=3, verbose=0)
base_model.trainable = True
assert len(model.trainable_weights) == 6
model.compile(optimizer=keras.optimizers.Adam(1e-3), **options)
model.fit(x, y == 0, epochs=5, verbose=0)
score = model.evaluate(x, y == 0, verbose=0)[1]
