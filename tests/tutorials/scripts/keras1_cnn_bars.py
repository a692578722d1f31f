"""Keras 1 (2016): Convolution2D with rows, columns, border_mode and subsample."""

import numpy as np
from keras import backend as K
from keras.layers.convolutional import Convolution2D, MaxPooling2D
from keras.layers.core import Dense, Flatten
from keras.models import Sequential

K.set_image_dim_ordering("tf")
np.random.seed(0)
X = np.random.rand(200, 12, 12, 1).astype("float32")
y = np.arange(200) % 2
for image, label in zip(X, y):
    if label:
        image[5:7, :, 0] += 1  # 横线
    else:
        image[:, 5:7, 0] += 1  # 竖线

nb_filter = 8
model = Sequential()
model.add(
    Convolution2D(
        nb_filter, 3, 3, border_mode="same", activation="relu", input_shape=(12, 12, 1)
    )
)
model.add(Convolution2D(nb_filter, 3, 3, subsample=(2, 2), activation="relu"))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Flatten())
model.add(Dense(1, activation="sigmoid"))
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
history = model.fit(X, y, nb_epoch=10, batch_size=20, validation_split=0.2, verbose=0)
score = history.history["val_acc"][-1]
