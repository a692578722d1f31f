"""Keras 3 (2024): mixed_bfloat16 computes in 16 bits and keeps weights in 32."""

import keras
import numpy as np

keras.mixed_precision.set_global_policy("mixed_bfloat16")
rng = np.random.default_rng(0)
y = np.arange(300) % 3
x = (np.eye(3)[y] * 2 + rng.normal(size=(300, 3)) * 0.3).astype("float32")
inputs = keras.Input(shape=(3,))
dense1 = keras.layers.Dense(16, activation="relu", name="dense_1")
hidden = dense1(inputs)
logits = keras.layers.Dense(3, name="dense_logits")(hidden)
outputs = keras.layers.Activation("softmax", dtype="float32")(logits)
model = keras.Model(inputs, outputs)
assert dense1.compute_dtype == "bfloat16" and dense1.variable_dtype == "float32"
model.compile(
    keras.optimizers.RMSprop(0.01),
    "sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(x, y, epochs=15, verbose=0)
score = model.evaluate(x, y, verbose=0)[1]
keras.mixed_precision.set_global_policy("float32")
