"""Keras 1 (2016): SimpleRNN with return_sequences and TimeDistributed(Dense), 中文."""

import numpy as np
from keras.layers import Dense, SimpleRNN, TimeDistributed
from keras.models import Sequential
from keras.optimizers import Adam

# 每一步输出：前一步的输入
rng = np.random.RandomState(0)
bits = rng.randint(0, 2, size=(300, 8, 1)).astype("float32")
previous = np.concatenate([np.zeros((300, 1, 1)), bits[:, :-1]], axis=1)
TIME_STEPS, CELL_SIZE = 8, 12
model = Sequential()
model.add(
    SimpleRNN(
        output_dim=CELL_SIZE,
        batch_input_shape=(None, TIME_STEPS, 1),
        return_sequences=True,
        unroll=False,
    )
)
model.add(TimeDistributed(Dense(1, activation="sigmoid")))
model.compile(optimizer=Adam(0.02), loss="binary_crossentropy", metrics=["accuracy"])
for step in range(150):
    batch = slice(step * 30 % 300, step * 30 % 300 + 30)
    cost = model.train_on_batch(bits[batch], previous[batch])
score = model.evaluate(bits, previous, batch_size=100, verbose=0)[1]
