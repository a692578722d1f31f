"""Keras 2 (2019): ModelCheckpoint, EarlyStopping, CSVLogger, ReduceLROnPlateau."""

import csv
import os

import numpy as np
from keras.callbacks import (
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
)
from keras.layers import Dense
from keras.models import Sequential, load_model

rng = np.random.RandomState(5)
x = rng.normal(size=(400, 5))
y = (x @ [1, -2, 0, 0, 0] > 0).astype(int)

model = Sequential([Dense(8, activation="relu", input_shape=(5,)), Dense(1, "sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
seen = []
callbacks = [
    ModelCheckpoint("best.h5", monitor="val_loss", save_best_only=True, mode="min"),
    EarlyStopping(monitor="val_loss", patience=10, restore_best_weights=True),
    ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=5, min_lr=1e-4),
    LearningRateScheduler(lambda epoch: 0.02 if epoch < 20 else 0.01),
    CSVLogger("log.csv", separator=","),
    LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(logs["val_loss"])),
]
model.fit(
    x,
    y,
    validation_split=0.25,
    epochs=50,
    batch_size=25,
    callbacks=callbacks,
    verbose=0,
)
assert os.path.exists("best.h5")
with open("log.csv") as f:
    rows = list(csv.DictReader(f))
assert len(rows) == len(seen) and "val_accuracy" in rows[0]
best = load_model("best.h5")
score = best.evaluate(x[300:], y[300:], verbose=0)[1]
