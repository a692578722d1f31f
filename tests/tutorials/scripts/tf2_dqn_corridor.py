"""tf.keras (2021): a small DQN with replay and a target network walks a corridor."""

import random
from collections import deque

import numpy as np
import tensorflow as tf

random.seed(0)
np.random.seed(0)
num_states = 5


def build():
    return tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(num_states,))])


def one_hot(state):
    return np.eye(num_states, dtype="float32")[state]


model, target = build(), build()
target.set_weights(model.get_weights())
optimizer = tf.keras.optimizers.Adam(0.05)
memory = deque(maxlen=500)
for episode in range(25):
    state = 0
    for _ in range(20):
        q_values = model(one_hot(state)[None]).numpy()[0]
        action = random.randrange(2) if random.random() < 0.5 else q_values.argmax()
        next_state = min(max(state + (1 if action else -1), 0), num_states - 1)
        done = next_state == num_states - 1
        memory.append((state, action, float(done), next_state, done))
        state = next_state
        if done:
            break
    for _ in range(4):
        batch = random.choices(memory, k=32)
        s, a, r, s2, d = map(np.array, zip(*batch))
        future = target(one_hot(s2)).numpy().max(axis=1)
        wanted = (r + 0.9 * future * (1 - d)).astype("float32")
        with tf.GradientTape() as tape:
            q = tf.reduce_sum(model(one_hot(s)) * tf.one_hot(a, 2), axis=1)
            loss = tf.reduce_mean(tf.square(wanted - q))
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
    target.set_weights(model.get_weights())
q_values = model(np.eye(num_states, dtype="float32")).numpy()
score = np.mean(q_values.argmax(axis=1)[:-1] == 1)
