"""Keras 1 (2016): a multilayer perceptron with nb_epoch and Keras 1's module names."""

import numpy as np
from keras.layers.core import Activation, Dense, Dropout
from keras.models import Sequential
from keras.optimizers import SGD
from keras.utils import np_utils

np.random.seed(1337)
with np.load("mnist.npz") as f:
    X_train, y_train = f["x_train"], f["y_train"]
X_train = X_train.reshape(len(X_train), 784).astype("float32") / 255
Y_train = np_utils.to_categorical(y_train, 10)

model = Sequential()
model.add(Dense(output_dim=64, input_dim=784, init="glorot_uniform"))
model.add(Activation("relu"))
model.add(Dropout(p=0.1))
model.add(Dense(output_dim=10, init="glorot_uniform"))
model.add(Activation("softmax"))
model.compile(
    loss="categorical_crossentropy",
    optimizer=SGD(lr=0.1, momentum=0.9, nesterov=True),
    metrics=["accuracy"],
)
model.fit(X_train, Y_train, batch_size=32, nb_epoch=12, verbose=0)
score = model.evaluate(X_train, Y_train, verbose=0)[1]
