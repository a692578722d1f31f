"""Keras 2 (2017): an LSTM on characters that writes, with a temperature."""

import numpy as np
from keras.layers import LSTM, Dense
from keras.models import Sequential
from keras.optimizers import RMSprop

text = "the quick brown fox jumps over the lazy dog. " * 6
chars = sorted(list(set(text)))
char_indices = dict((c, i) for i, c in enumerate(chars))
maxlen = 8
starts = range(0, len(text) - maxlen)
x = np.zeros((len(starts), maxlen, len(chars)), dtype=bool)
y = np.zeros((len(starts), len(chars)), dtype=bool)
for i in starts:
    for t, char in enumerate(text[i : i + maxlen]):
        x[i, t, char_indices[char]] = 1
    y[i, char_indices[text[i + maxlen]]] = 1

model = Sequential()
model.add(LSTM(32, input_shape=(maxlen, len(chars))))
model.add(Dense(len(chars), activation="softmax"))
model.compile(loss="categorical_crossentropy", optimizer=RMSprop(learning_rate=0.02))
model.fit(x, y, batch_size=32, epochs=25, verbose=0)


def sample(preds, temperature=1.0):
    preds = np.log(np.asarray(preds).astype("float64") + 1e-12) / temperature
    exp_preds = np.exp(preds)
    return np.argmax(np.random.multinomial(1, exp_preds / np.sum(exp_preds) * 0.999999))


written = text[:maxlen]
for _ in range(36):
    x_pred = np.zeros((1, maxlen, len(chars)))
    for t, char in enumerate(written[-maxlen:]):
        x_pred[0, t, char_indices[char]] = 1.0
    written += chars[sample(model.predict(x_pred, verbose=0)[0], temperature=0.05)]
print(written)
score = np.mean([a == b for a, b in zip(written, text)])
