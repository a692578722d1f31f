"""Keras 3 (2025): CosineDecay with warm-up, AdamW, label smoothing, top-k metric."""

import keras
import numpy as np

rng = np.random.default_rng(0)
y = np.arange(400) % 4
x = (np.eye(4)[y] * 3 + rng.normal(size=(400, 4)) * 0.4).astype("float32")
targets = keras.utils.to_categorical(y, 4)
schedule = keras.optimizers.schedules.CosineDecay(
    0.0, decay_steps=300, warmup_target=0.02, warmup_steps=50
)
model = keras.Sequential(
    [
        keras.layers.Dense(16, activation="gelu", kernel_regularizer="l2"),
        keras.layers.Dense(4, activation="softmax"),
    ]
)
model.compile(
    optimizer=keras.optimizers.AdamW(schedule, weight_decay=1e-4, clipnorm=1.0),
    loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
    metrics=["accuracy", keras.metrics.TopKCategoricalAccuracy(k=2, name="top2")],
)
history = model.fit(x, targets, epochs=27, batch_size=32, verbose=0)
assert history.history["top2"][-1] >= history.history["accuracy"][-1]
score = model.evaluate(x, targets, verbose=0, return_dict=True)["accuracy"]
