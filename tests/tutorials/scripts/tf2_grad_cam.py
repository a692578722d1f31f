"""tf.keras (2020): Grad-CAM with GradientTape finds where the bright square is."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

rng = np.random.default_rng(0)
images = rng.random((200, 16, 16, 1)).astype("float32") * 0.3
labels = np.arange(200) % 2
corners = rng.integers(0, 11, size=(200, 2))
for image, (row, column), label in zip(images, corners, labels):
    if label:
        image[row : row + 5, column : column + 5] += 0.7

inputs = keras.Input((16, 16, 1))
x = layers.Conv2D(8, 5, padding="same", activation="relu", name="last_conv")(inputs)
x = layers.GlobalMaxPooling2D()(x)
model = keras.Model(inputs, layers.Dense(2, activation="softmax")(x))
model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
model.fit(images, labels, epochs=15, verbose=0)

grad_model = keras.Model(
    [model.inputs], [model.get_layer("last_conv").output, model.output]
)


def heatmap_of(image):
    with tf.GradientTape() as tape:
        last_conv_layer_output, preds = grad_model(image[None])
        class_channel = preds[:, 1]
    grads = tape.gradient(class_channel, last_conv_layer_output)
    heatmap = tf.reduce_sum(grads * last_conv_layer_output, axis=-1)
    return tf.squeeze(tf.maximum(heatmap, 0)).numpy()


hits = []
for i in range(1, 41, 2):
    peak = np.unravel_index(np.argmax(heatmap_of(images[i])), (16, 16))
    hits.append(np.all(np.abs(peak - (corners[i] + 2)) <= 4))
score = np.mean(hits)
