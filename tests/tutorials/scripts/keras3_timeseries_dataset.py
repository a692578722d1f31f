"""Keras 3 (2024): timeseries_dataset_from_array, split by time, GRU with dropout."""

import keras
import numpy as np

t = np.arange(600)
temperature = (np.sin(t / 8) + 0.3 * np.sin(t / 3)).astype("float32")
raw_data = np.stack([temperature, np.cos(t / 8).astype("float32")], axis=1)
sequence_length, delay = 10, 10
options = {"sequence_length": sequence_length, "batch_size": 32}
train_dataset = keras.utils.timeseries_dataset_from_array(
    raw_data[:-delay], temperature[delay:], shuffle=True, end_index=400, **options
)
val_dataset = keras.utils.timeseries_dataset_from_array(
    raw_data[:-delay], temperature[delay:], shuffle=False, start_index=400, **options
)
for samples, targets in train_dataset:
    assert tuple(samples.shape[1:]) == (sequence_length, 2)
    break
inputs = keras.Input(shape=(sequence_length, raw_data.shape[-1]))
x = keras.layers.GRU(8, recurrent_dropout=0.0)(inputs)
outputs = keras.layers.Dense(1)(keras.layers.Dropout(0.0)(x))
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mse", metrics=["mae"])
model.fit(train_dataset, epochs=15, validation_data=val_dataset, verbose=0)
mse = model.evaluate(val_dataset, verbose=0)[0]
score = 1 - mse / float(temperature.var())
