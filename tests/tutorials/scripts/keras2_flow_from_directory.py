"""Keras 2 (2018): two folders of pictures, flow_from_directory, class_indices."""

import os

import numpy as np
from keras import layers, models, optimizers
from keras.preprocessing.image import ImageDataGenerator
from PIL import Image

rng = np.random.RandomState(0)
for split, count in (("train", 60), ("validation", 20)):
    for name, channel in (("cats", 0), ("dogs", 2)):
        os.makedirs(os.path.join("data", split, name))
        for i in range(count):
            picture = rng.randint(0, 120, size=(40, 40, 3))
            picture[10:30, 10:30, channel] += 100
            path = os.path.join("data", split, name, "%s.%d.png" % (name, i))
            Image.fromarray(picture.astype("uint8")).save(path)

datagen = ImageDataGenerator(rescale=1.0 / 255)
train_generator = datagen.flow_from_directory(
    "data/train", target_size=(20, 20), batch_size=20, class_mode="binary"
)
validation_generator = datagen.flow_from_directory(
    "data/validation", target_size=(20, 20), batch_size=20, class_mode="binary"
)
assert train_generator.class_indices == {"cats": 0, "dogs": 1}

model = models.Sequential()
model.add(layers.Conv2D(8, (3, 3), activation="relu", input_shape=(20, 20, 3)))
model.add(layers.MaxPooling2D((2, 2)))
model.add(layers.Flatten())
model.add(layers.Dense(1, activation="sigmoid"))
model.compile(
    loss="binary_crossentropy",
    optimizer=optimizers.RMSprop(learning_rate=1e-2),
    metrics=["acc"],
)
history = model.fit_generator(
    train_generator,
    steps_per_epoch=6,
    epochs=6,
    validation_data=validation_generator,
    validation_steps=2,
    verbose=0,
)
score = history.history["val_acc"][-1]
