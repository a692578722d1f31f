"""tf.keras (2020): windowed_dataset with window, flat_map and shuffle; GRU."""

import numpy as np
import tensorflow as tf

time = np.arange(300)
series = (np.sin(time / 5) + 0.01 * time).astype("float32")
window_size, batch_size = 12, 16


def windowed_dataset(series, window_size, batch_size, shuffle_buffer):
    dataset = tf.data.Dataset.from_tensor_slices(series)
    dataset = dataset.window(window_size + 1, shift=1, drop_remainder=True)
    dataset = dataset.flat_map(lambda window: window.batch(window_size + 1))
    dataset = dataset.shuffle(shuffle_buffer)
    dataset = dataset.map(lambda window: (window[:-1], window[-1]))
    return dataset.batch(batch_size).prefetch(1)


dataset = windowed_dataset(series, window_size, batch_size, 300)
model = tf.keras.models.Sequential(
    [
        tf.keras.layers.Lambda(
            lambda x: tf.expand_dims(x, axis=-1), input_shape=[window_size]
        ),
        tf.keras.layers.GRU(8),
        tf.keras.layers.Dense(1),
    ]
)
model.compile(loss=tf.keras.losses.Huber(), optimizer=tf.keras.optimizers.Adam(0.02))
model.fit(dataset, epochs=20, verbose=0)
windows = np.lib.stride_tricks.sliding_window_view(series, window_size)[:-1]
forecast = model.predict(windows, verbose=0)[:, 0]
score = 1 - float(np.mean((forecast - series[window_size:]) ** 2) / series.var())
