"""Keras 1 (2016): fit_generator with samples_per_epoch and nb_val_samples."""

import numpy as np
from keras.layers import Dense
from keras.models import Sequential
from keras.optimizers import RMSprop

rng = np.random.RandomState(3)


def batches(batch_size=20):
    while 1:
        x = rng.normal(size=(batch_size, 4))
        yield x, (x.sum(axis=1) > 0).astype("float32")


model = Sequential()
model.add(Dense(1, input_dim=4, activation="sigmoid"))
model.compile(
    optimizer=RMSprop(lr=0.05), loss="binary_crossentropy", metrics=["accuracy"]
)
model.fit_generator(
    batches(),
    samples_per_epoch=400,
    nb_epoch=6,
    validation_data=batches(),
    nb_val_samples=100,
    verbose=0,
)
score = model.evaluate_generator(batches(), val_samples=400)[1]
