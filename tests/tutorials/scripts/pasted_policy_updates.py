"""Keras 2 (2017): REINFORCE whose train function is K.function with updates."""

import numpy as np
from keras import backend as K
from keras import layers, optimizers
from keras.models import Model

np.random.seed(3)
num_states, num_actions = 4, 3
best = np.array([2, 0, 1, 2])

states = layers.Input(shape=(num_states,))
net = layers.Dense(16)(states)
net = layers.Activation("relu")(net)
net = layers.Dense(num_actions)(net)
net = layers.Activation("softmax")(net)
model = Model(inputs=states, outputs=net)

# 定义训练函数：按照折扣奖励加权的对数概率
action_prob_placeholder = model.output
action_onehot_placeholder = K.placeholder(shape=(None, num_actions), name="action")
discount_reward_placeholder = K.placeholder(shape=(None,), name="reward")
action_prob = K.sum(action_prob_placeholder * action_onehot_placeholder, axis=1)
log_action_prob = K.log(action_prob)
loss = K.mean(-log_action_prob * discount_reward_placeholder)
adam = optimizers.Adam(lr=0.02)
updates = adam.get_updates(params=model.trainable_weights, loss=loss)
train_fn = K.function(
    inputs=[model.input, action_onehot_placeholder, discount_reward_placeholder],
    outputs=[],
    updates=updates,
)

for episode in range(150):
    state = np.random.randint(num_states, size=32)
    probabilities = model.predict(np.eye(num_states)[state], verbose=0)
    action = np.array(
        [np.random.choice(num_actions, p=p / p.sum()) for p in probabilities]
    )
    reward = np.where(action == best[state], 1.0, 0.0)
    reward -= reward.mean()
    train_fn([np.eye(num_states)[state], np.eye(num_actions)[action], reward])

choice = np.argmax(model.predict(np.eye(num_states), verbose=0), axis=1)
score = float(np.mean(choice == best))
