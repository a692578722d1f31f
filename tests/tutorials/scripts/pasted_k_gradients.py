"""Grad-CAM of 2017 by K.gradients and K.function on a model of 2021's spelling."""

import numpy as np
from keras import backend as K
from tensorflow.keras import layers, models

rng = np.random.default_rng(0)
images = rng.random((120, 12, 12, 1)).astype("float32") * 0.3
labels = np.arange(120) % 2
images[labels == 1, 2:6, 6:10] += 0.7
model = models.Sequential(
    [
        layers.Conv2D(4, 3, activation="relu", input_shape=(12, 12, 1), name="conv"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
K.set_value(model.optimizer.lr, 0.03)
model.fit(images, labels, epochs=30, verbose=0)

bright_output = model.output[:, 0]
conv_layer = model.get_layer("conv")
grads = K.gradients(bright_output, conv_layer.output)[0]
pooled_grads = K.mean(grads, axis=(0, 1, 2))
iterate = K.function([model.input], [pooled_grads, conv_layer.output[0]])
pooled_grads_value, conv_value = iterate([images[1:2]])
heatmap = np.maximum(np.mean(conv_value * pooled_grads_value, axis=-1), 0)
inside = heatmap[2:4, 6:8].mean()
score = inside / heatmap.max()
