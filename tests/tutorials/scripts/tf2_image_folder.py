"""tf.keras (2021): image_dataset_from_directory, cache, prefetch, augmentation in map."""

import os

import numpy as np
import tensorflow as tf
from PIL import Image
from tensorflow.keras import layers

rng = np.random.default_rng(0)
for name, channel in (("red", 0), ("blue", 2)):
    os.makedirs(f"flowers/{name}")
    for i in range(50):
        picture = rng.integers(0, 120, size=(24, 24, 3))
        picture[..., channel] += 80
        Image.fromarray(picture.astype("uint8")).save(f"flowers/{name}/{i}.png")

options = dict(validation_split=0.2, seed=123, image_size=(16, 16), batch_size=16)
train_ds = tf.keras.utils.image_dataset_from_directory(
    "flowers", subset="training", **options
)
val_ds = tf.keras.utils.image_dataset_from_directory(
    "flowers", subset="validation", **options
)
class_names = train_ds.class_names
assert class_names == ["blue", "red"]
augment = tf.keras.Sequential(
    [layers.RandomFlip("horizontal"), layers.RandomRotation(0.1)]
)
AUTOTUNE = tf.data.AUTOTUNE
train_ds = train_ds.map(
    lambda x, y: (augment(x, training=True), y), num_parallel_calls=AUTOTUNE
)
train_ds = train_ds.prefetch(buffer_size=AUTOTUNE)
model = tf.keras.Sequential(
    [
        layers.Rescaling(1.0 / 255),
        layers.Conv2D(8, 3, activation="relu"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(len(class_names)),
    ]
)
model.compile(
    optimizer=tf.keras.optimizers.Adam(0.02),
    loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(train_ds, validation_data=val_ds, epochs=15, verbose=0)
score = model.evaluate(val_ds, verbose=0)[1]
