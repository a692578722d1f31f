"""tf.keras (2019): windows of a series by tf.data, a Lambda at both ends, Huber."""

import numpy as np
import tensorflow as tf
from tensorflow import keras

keras.backend.clear_session()
tf.random.set_seed(51)
np.random.seed(51)


def trend(time, slope=0):
    return slope * time


def seasonal_pattern(season_time):
    return np.where(
        season_time < 0.4, np.cos(season_time * 2 * np.pi), 1 / np.exp(3 * season_time)
    )


def seasonality(time, period, amplitude=1, phase=0):
    season_time = ((time + phase) % period) / period
    return amplitude * seasonal_pattern(season_time)


def noise(time, noise_level=1, seed=None):
    rnd = np.random.RandomState(seed)
    return rnd.randn(len(time)) * noise_level


time = np.arange(361, dtype="float32")
series = 10 + trend(time, 0.05) + seasonality(time, period=30, amplitude=20)
series += noise(time, 1, seed=42)
split_time = 260
x_train = series[:split_time]
x_valid = series[split_time:]
window_size = 15
batch_size = 16
shuffle_buffer_size = 200


def windowed_dataset(series, window_size, batch_size, shuffle_buffer):
    series = tf.expand_dims(series, axis=-1)
    ds = tf.data.Dataset.from_tensor_slices(series)
    ds = ds.window(window_size + 1, shift=1, drop_remainder=True)
    ds = ds.flat_map(lambda w: w.batch(window_size + 1))
    ds = ds.shuffle(shuffle_buffer)
    ds = ds.map(lambda w: (w[:-1], w[1:]))
    return ds.batch(batch_size).prefetch(1)


def model_forecast(model, series, window_size):
    ds = tf.data.Dataset.from_tensor_slices(series)
    ds = ds.window(window_size, shift=1, drop_remainder=True)
    ds = ds.flat_map(lambda w: w.batch(window_size))
    ds = ds.batch(32).prefetch(1)
    return model.predict(ds)


train_set = windowed_dataset(x_train, window_size, batch_size, shuffle_buffer_size)
model = tf.keras.models.Sequential(
    [
        tf.keras.layers.Conv1D(
            filters=16,
            kernel_size=5,
            strides=1,
            padding="causal",
            activation="relu",
            input_shape=[None, 1],
        ),
        tf.keras.layers.Bidirectional(tf.keras.layers.LSTM(16, return_sequences=True)),
        tf.keras.layers.Dense(1),
        tf.keras.layers.Lambda(lambda x: x * 20.0),
    ]
)
lr_schedule = tf.keras.callbacks.LearningRateScheduler(
    lambda epoch: 1e-2 if epoch < 15 else 3e-3
)
optimizer = tf.keras.optimizers.Adam(learning_rate=1e-2)
model.compile(loss=tf.keras.losses.Huber(), optimizer=optimizer, metrics=["mae"])
history = model.fit(train_set, epochs=25, callbacks=[lr_schedule], verbose=0)
forecast = model_forecast(model, series[..., np.newaxis], window_size)
forecast = forecast[split_time - window_size : -1, -1, 0]
mae = tf.keras.metrics.mean_absolute_error(x_valid, forecast).numpy()
print(mae, history.history["lr"][-1])
score = float(mae / np.abs(x_valid - x_valid.mean()).mean())
