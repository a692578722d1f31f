"""tf.keras (2020): a loop by hand with GradientTape, tf.function and metrics."""

import numpy as np
import tensorflow as tf

rng = np.random.default_rng(0)
labels = np.arange(256) % 2
points = rng.normal(size=(256, 3)).astype("float32") + 3 * labels[:, None]
train_ds = (
    tf.data.Dataset.from_tensor_slices((points.astype("float32"), labels))
    .shuffle(256)
    .batch(32)
)
model = tf.keras.Sequential(
    [tf.keras.layers.Dense(8, activation="relu"), tf.keras.layers.Dense(2)]
)
loss_object = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = tf.keras.optimizers.Adam(0.01)
train_loss = tf.keras.metrics.Mean(name="train_loss")
train_accuracy = tf.keras.metrics.SparseCategoricalAccuracy(name="train_accuracy")


@tf.function
def train_step(features, labels):
    with tf.GradientTape() as tape:
        predictions = model(features, training=True)
        loss = loss_object(labels, predictions)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    train_loss(loss)
    train_accuracy(labels, predictions)


for epoch in range(15):
    train_loss.reset_state()
    train_accuracy.reset_state()
    for features, batch_labels in train_ds:
        train_step(features, batch_labels)
print(f"Loss: {train_loss.result().numpy()}")
score = float(train_accuracy.result().numpy())
