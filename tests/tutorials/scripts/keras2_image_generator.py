"""Keras 2 (2018): ImageDataGenerator.flow with fit_generator and augmentation."""

import numpy as np
from keras.layers import Activation, Conv2D, Dense, Flatten, MaxPooling2D
from keras.models import Sequential
from keras.preprocessing.image import ImageDataGenerator
from keras.utils import to_categorical

np.random.seed(7)
with np.load("mnist.npz") as f:
    x, y = f["x_train"], f["y_train"]
    x_test, y_test = f["x_test"], f["y_test"]
# 只用数字 0 和 1
x, y = x[y < 2][..., None], to_categorical(y[y < 2], 2)
x_test, y_test = x_test[y_test < 2][..., None], to_categorical(y_test[y_test < 2], 2)

train_datagen = ImageDataGenerator(
    rescale=1.0 / 255,
    rotation_range=10,
    width_shift_range=0.1,
    height_shift_range=0.1,
    zoom_range=0.1,
    fill_mode="nearest",
)
test_datagen = ImageDataGenerator(rescale=1.0 / 255)

model = Sequential()
model.add(Conv2D(8, (3, 3), input_shape=(28, 28, 1)))
model.add(Activation("relu"))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Flatten())
model.add(Dense(2))
model.add(Activation("softmax"))
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["acc"])
history = model.fit_generator(
    train_datagen.flow(x, y, batch_size=32),
    steps_per_epoch=len(x) // 32,
    epochs=8,
    validation_data=test_datagen.flow(x_test, y_test, batch_size=32, shuffle=False),
    validation_steps=len(x_test) // 32,
    verbose=0,
)
val_key = "val_acc" if "val_acc" in history.history else "val_accuracy"
score = history.history[val_key][-1]
