"""tf.keras (2021): MirroredStrategy scope and num_replicas_in_sync."""

import numpy as np
import tensorflow as tf

print("TensorFlow version:", tf.__version__)
strategy = tf.distribute.MirroredStrategy()
print("Number of devices: {}".format(strategy.num_replicas_in_sync))
rng = np.random.default_rng(0)
x = rng.normal(size=(256, 3)).astype("float32")
y = (x.sum(axis=1) > 0).astype("int64")
batch_size = 32 * strategy.num_replicas_in_sync
dataset = tf.data.Dataset.from_tensor_slices((x, y)).cache().batch(batch_size)
with strategy.scope():
    model = tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,))])
    model.compile(
        loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer=tf.keras.optimizers.Adam(0.05),
        metrics=["accuracy"],
    )
model.fit(dataset, epochs=30, verbose=0)
score = model.evaluate(dataset, verbose=0)[1]
