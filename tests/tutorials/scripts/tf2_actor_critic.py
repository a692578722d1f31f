"""Actor and critic on a corridor, with actions drawn by NumPy within the tape."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(3)
rng = np.random.default_rng(3)

inputs = layers.Input(shape=(2,))
common = layers.Dense(16, activation="relu")(inputs)
action = layers.Dense(2, activation="softmax")(common)
critic = layers.Dense(1)(common)
model = keras.Model(inputs=inputs, outputs=[action, critic])
optimizer = keras.optimizers.Adam(learning_rate=0.02)
huber = keras.losses.Huber()


def move(place, goal, choice):
    """A step to the left or right; the reward is what it brings towards the goal."""
    after = place + (0.25 if choice == 1 else -0.25)
    return after, abs(place - goal) - abs(after - goal)


rewards = []
for _episode in range(60):
    place, goal = 0.0, float(rng.choice([-1.0, 1.0]))
    log_probs, values, earned = [], [], []
    with tf.GradientTape() as tape:
        for _step in range(4):
            state = tf.expand_dims(tf.convert_to_tensor([place, goal]), 0)
            action_probs, critic_value = model(state)
            values.append(critic_value[0, 0])
            choice = rng.choice(2, p=np.squeeze(action_probs))
            log_probs.append(tf.math.log(action_probs[0, choice]))
            place, reward = move(place, goal, choice)
            earned.append(reward)
        returns = np.cumsum(earned[::-1])[::-1]
        actor_losses, critic_losses = [], []
        for log_prob, value, wanted in zip(log_probs, values, returns, strict=True):
            actor_losses.append(-log_prob * (wanted - float(value)))
            critic_losses.append(
                huber(tf.expand_dims(wanted, 0), tf.expand_dims(value, 0))
            )
        loss_value = sum(actor_losses) + sum(critic_losses)
    grads = tape.gradient(loss_value, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables, strict=True))
    rewards.append(sum(earned))
score = float(np.mean(rewards[-15:]))
