"""Keras 2 (2018): MLP on digits, Sequential with a list, evaluate."""

import keras
import numpy as np
from keras.layers import Dense, Dropout
from keras.models import Sequential
from keras.optimizers import RMSprop

batch_size = 64
epochs = 12
with np.load("mnist.npz") as f:
    x_train, y_train = f["x_train"], f["y_train"]
    x_test, y_test = f["x_test"], f["y_test"]
# Only zeros and ones.
keep, keep_test = y_train < 2, y_test < 2
x_train = x_train[keep].reshape(-1, 784).astype("float32") / 255
x_test = x_test[keep_test].reshape(-1, 784).astype("float32") / 255
y_train = keras.utils.to_categorical(y_train[keep], 2)
y_test = keras.utils.to_categorical(y_test[keep_test], 2)

model = Sequential(
    [
        Dense(64, activation="relu", input_shape=(784,)),
        Dropout(0.2),
        Dense(2, activation="softmax"),
    ]
)
model.summary()
model.compile(
    loss="categorical_crossentropy", optimizer=RMSprop(), metrics=["accuracy"]
)
model.fit(
    x_train,
    y_train,
    batch_size=batch_size,
    epochs=epochs,
    verbose=0,
    validation_data=(x_test, y_test),
)
loss, score = model.evaluate(x_test, y_test, verbose=0)
print("Test loss:", loss)
print("Test accuracy:", score)
