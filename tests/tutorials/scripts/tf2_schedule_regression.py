"""tf.keras (2021): Normalization, ExponentialDecay and regression of mileage."""

import numpy as np
import tensorflow as tf

rng = np.random.default_rng(0)
weight = rng.uniform(1500, 5000, size=(300, 1)).astype("float32")
mpg = (45 - 0.007 * weight + rng.normal(scale=0.5, size=(300, 1))).astype("float32")
normalizer = tf.keras.layers.Normalization(axis=-1, input_shape=(1,))
normalizer.adapt(np.array(weight))
model = tf.keras.Sequential([normalizer, tf.keras.layers.Dense(units=1)])
schedule = tf.keras.optimizers.schedules.ExponentialDecay(
    initial_learning_rate=1.0, decay_steps=100, decay_rate=0.7, staircase=True
)
model.compile(
    optimizer=tf.optimizers.Adam(learning_rate=schedule), loss="mean_absolute_error"
)
history = model.fit(weight, mpg, epochs=50, validation_split=0.2, verbose=0)
assert set(history.history) == {"loss", "val_loss"}
residual = mpg - model.predict(weight, verbose=0)
score = 1 - float(residual.var() / mpg.var())
