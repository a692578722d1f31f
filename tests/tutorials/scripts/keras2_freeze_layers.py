"""Keras 2 (2018): train on digits 0-4, freeze the convolutions, go on with 5-9."""

import numpy as np
from keras import backend as K
from keras.layers import Activation, Conv2D, Dense, Flatten, MaxPooling2D
from keras.models import Sequential
from keras.utils import to_categorical

with np.load("mnist.npz") as f:
    x, y = (
        f["x_train"][:500].astype("float32")[..., np.newaxis] / 255,
        f["y_train"][:500],
    )
if K.image_data_format() == "channels_first":
    raise SystemExit("channels_last is expected")
feature_layers = [
    Conv2D(8, 3, padding="valid", input_shape=(28, 28, 1)),
    Activation("relu"),
    MaxPooling2D(pool_size=3),
    Flatten(),
]
classification_layers = [Dense(24), Activation("relu"), Dense(5), Activation("softmax")]
model = Sequential(feature_layers + classification_layers)


def train_model(model, x, y):
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, to_categorical(y, 5), batch_size=16, epochs=12, verbose=0)
    return model.evaluate(x, to_categorical(y, 5), verbose=0)[1]


train_model(model, x[y < 5], y[y < 5])
for layer in feature_layers:
    layer.trainable = False
before = model.layers[0].get_weights()[0]
score = train_model(model, x[y >= 5], y[y >= 5] - 5)
assert np.array_equal(before, model.layers[0].get_weights()[0])
