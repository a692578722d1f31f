"""Keras 2 (2017): a deep autoencoder whose encoder and decoder share its layers."""

import numpy as np
from keras.layers import Dense, Input
from keras.models import Model

with np.load("mnist.npz") as f:
    x_train = f["x_train"][:600].reshape(-1, 784).astype("float32") / 255.0

encoding_dim = 32
input_img = Input(shape=(784,))
encoded = Dense(128, activation="relu")(input_img)
encoded = Dense(encoding_dim, activation="relu")(encoded)
decoded = Dense(128, activation="relu")(encoded)
decoded = Dense(784, activation="sigmoid")(decoded)

autoencoder = Model(input_img, decoded)
encoder = Model(input_img, encoded)
encoded_input = Input(shape=(encoding_dim,))
x = autoencoder.layers[-2](encoded_input)
decoder = Model(encoded_input, autoencoder.layers[-1](x))

autoencoder.compile(optimizer="adam", loss="binary_crossentropy")
autoencoder.fit(x_train, x_train, epochs=30, batch_size=32, shuffle=True, verbose=0)
decoded_imgs = decoder.predict(encoder.predict(x_train))
# Share of the variance that is lost.
score = float(np.mean((decoded_imgs - x_train) ** 2) / np.var(x_train))
