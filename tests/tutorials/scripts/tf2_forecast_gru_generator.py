"""tf.keras (2021): TimeseriesGenerator, Conv1D and GRU forecast a noisy season."""

import numpy as np
import tensorflow as tf
from tensorflow.keras.preprocessing.sequence import TimeseriesGenerator

rng = np.random.default_rng(0)
time = np.arange(500)
series = np.sin(time * 2 * np.pi / 25) + time / 500 + rng.normal(scale=0.05, size=500)
train, valid = series[:400], series[400:]
mean, std = train.mean(), train.std()
scaled = ((series - mean) / std).astype("float32")[:, None]
window = 30
generator = TimeseriesGenerator(
    scaled[:400], scaled[:400], length=window, batch_size=32
)
validation = TimeseriesGenerator(
    scaled[400 - window :], scaled[400 - window :], length=window, batch_size=50
)
model = tf.keras.models.Sequential(
    [
        tf.keras.layers.Conv1D(12, 5, activation="relu", input_shape=[window, 1]),
        tf.keras.layers.GRU(12),
        tf.keras.layers.Dense(1),
    ]
)
model.compile(
    loss=tf.keras.losses.Huber(),
    optimizer=tf.keras.optimizers.Adam(0.01),
    metrics=["mae"],
)
model.fit(generator, epochs=20, verbose=0, validation_data=validation)
forecast = model.predict(validation, verbose=0)[:, 0] * std + mean
score = 1 - np.var(forecast - valid) / np.var(valid)
