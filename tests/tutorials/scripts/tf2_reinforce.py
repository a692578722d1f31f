"""tf.keras (2020): REINFORCE learns which of four arms pays."""

import numpy as np
import tensorflow as tf
from tensorflow import keras

tf.random.set_seed(2)
rng = np.random.default_rng(2)
policy = keras.Sequential(
    [keras.layers.Dense(4, activation="softmax", input_shape=(2,))]
)
optimizer = keras.optimizers.Adam(learning_rate=0.05)


def best_arm(states):
    return (states[:, 0] > 0) * 2 + (states[:, 1] > 0)


for episode in range(250):
    states = rng.normal(size=(32, 2)).astype("float32")
    with tf.GradientTape() as tape:
        probs = policy(states)
        drawn = tf.random.categorical(tf.math.log(probs), 1)
        actions = tf.squeeze(drawn, axis=1).numpy()
        rewards = (actions == best_arm(states)).astype("float32") - 0.25
        chosen = tf.reduce_sum(probs * tf.one_hot(actions, 4), axis=1)
        loss = -tf.reduce_mean(tf.math.log(chosen) * rewards)
    grads = tape.gradient(loss, policy.trainable_variables)
    optimizer.apply_gradients(zip(grads, policy.trainable_variables))
states = rng.normal(size=(1000, 2)).astype("float32") * 3
score = np.mean(np.argmax(policy(states).numpy(), axis=1) == best_arm(states))
