"""tf.keras (2021): gradients of four small batches are added before one step."""

import numpy as np
import tensorflow as tf

rng = np.random.default_rng(0)
x = rng.normal(size=(320, 5)).astype("float32")
y = (x[:, 0] > x[:, 1]).astype("float32")[:, None]
model = tf.keras.Sequential(
    [tf.keras.layers.Dense(1, activation="sigmoid", input_shape=(5,))]
)
optimizer = tf.keras.optimizers.Adam(0.1)
bce = tf.keras.losses.BinaryCrossentropy()
dataset = tf.data.Dataset.from_tensor_slices((x, y)).batch(20)
accum_steps = 4
sums = [tf.Variable(tf.zeros_like(v)) for v in model.trainable_variables]
for epoch in range(12):
    for step, (xb, yb) in enumerate(dataset):
        with tf.GradientTape() as tape:
            loss = bce(yb, model(xb, training=True)) / accum_steps
        for total, g in zip(sums, tape.gradient(loss, model.trainable_variables)):
            total.assign_add(g)
        if (step + 1) % accum_steps == 0:
            optimizer.apply_gradients(zip(sums, model.trainable_variables))
            for total in sums:
                total.assign(tf.zeros_like(total))
score = np.mean((model(x).numpy() > 0.5) == y)
