"""Keras 3 (2024): a vision transformer on patches, with own layers and keras.ops."""

import keras
import numpy as np
from keras import layers, ops

with np.load("mnist.npz") as data:
    images, labels = data["x_train"] / 255.0, data["y_train"]
    test_images, test_labels = data["x_test"] / 255.0, data["y_test"]
keep, test_keep = labels < 2, test_labels < 2
images, labels = images[keep][..., None], labels[keep]
test_images, test_labels = test_images[test_keep][..., None], test_labels[test_keep]


class Patches(layers.Layer):
    def __init__(self, patch_size, **kwargs):
        super().__init__(**kwargs)
        self.patch_size = patch_size

    def call(self, images):
        batch, height, width, channels = ops.shape(images)
        p = self.patch_size
        patches = ops.image.extract_patches(images, size=p)
        return ops.reshape(
            patches, (batch, (height // p) * (width // p), p * p * channels)
        )

    def get_config(self):
        return {**super().get_config(), "patch_size": self.patch_size}


class PatchEncoder(layers.Layer):
    def __init__(self, num_patches, dim, **kwargs):
        super().__init__(**kwargs)
        self.num_patches = num_patches
        self.projection = layers.Dense(units=dim)
        self.position = layers.Embedding(input_dim=num_patches, output_dim=dim)

    def call(self, patch):
        positions = ops.expand_dims(ops.arange(0, self.num_patches, step=1), axis=0)
        return self.projection(patch) + self.position(positions)


inputs = keras.Input((28, 28, 1))
encoded = PatchEncoder(16, 24)(Patches(7)(inputs))
for _ in range(1):
    x = layers.LayerNormalization(epsilon=1e-6)(encoded)
    x = layers.MultiHeadAttention(num_heads=2, key_dim=12, dropout=0.1)(x, x)
    middle = layers.Add()([x, encoded])
    x = layers.LayerNormalization(epsilon=1e-6)(middle)
    x = layers.Dense(48, activation=keras.activations.gelu)(x)
    x = layers.Dropout(0.1)(layers.Dense(24)(x))
    encoded = layers.Add()([x, middle])
x = layers.Flatten()(layers.LayerNormalization(epsilon=1e-6)(encoded))
model = keras.Model(inputs, layers.Dense(2)(x))
model.compile(
    optimizer=keras.optimizers.AdamW(learning_rate=0.004, weight_decay=0.0001),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
)
model.fit(images, labels, batch_size=32, epochs=7, verbose=0)
score = model.evaluate(test_images, test_labels, verbose=0)[1]
