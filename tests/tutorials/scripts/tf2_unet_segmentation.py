"""tf.keras (2019): a small U-Net finds bright discs; the score is the overlap."""

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

rng = np.random.default_rng(0)
rows, columns = np.mgrid[:16, :16]
images, masks = [], []
for _ in range(120):
    (y, x), r = rng.uniform(4, 12, size=2), rng.uniform(2, 4)
    mask = (rows - y) ** 2 + (columns - x) ** 2 < r**2
    masks.append(mask)
    images.append(rng.normal(scale=0.2, size=(16, 16)) + mask)
images = np.array(images, "float32")[..., None]
masks = np.array(masks, "float32")[..., None]


def double_conv(x, filters):
    x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    return layers.Conv2D(filters, 3, padding="same", activation="relu")(x)


def upsample_block(x, skip, filters):
    x = layers.Conv2DTranspose(filters, 3, 2, padding="same")(x)
    x = layers.concatenate([x, skip])
    return double_conv(layers.Dropout(0.1)(x), filters)


inputs = layers.Input(shape=(16, 16, 1))
skip1 = double_conv(inputs, 8)
skip2 = double_conv(layers.MaxPool2D(2)(skip1), 12)
bottleneck = double_conv(layers.MaxPool2D(2)(skip2), 16)
x = upsample_block(bottleneck, skip2, 12)
x = upsample_block(x, skip1, 8)
outputs = layers.Conv2D(1, 1, padding="same", activation="sigmoid")(x)
unet = tf.keras.Model(inputs, outputs, name="U-Net")
unet.compile(
    optimizer=tf.keras.optimizers.Adam(0.01),
    loss="binary_crossentropy",
    metrics=[tf.keras.metrics.BinaryIoU(target_class_ids=[1], threshold=0.5)],
)
unet.fit(images[:100], masks[:100], batch_size=20, epochs=20, verbose=0)
score = unet.evaluate(images[100:], masks[100:], verbose=0)[1]
