"""Keras 2 (2019): k folds cut by hand, an uneven class weighted, 中文注释."""

import numpy as np
from keras import layers, models

rng = np.random.RandomState(4)
data = rng.normal(size=(360, 4))
targets = (data[:, 0] > 0.7).astype("float32")
# 标准化
data -= data.mean(axis=0)
data /= data.std(axis=0)


def build_model():
    model = models.Sequential()
    model.add(layers.Dense(16, activation="relu", input_shape=(data.shape[1],)))
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


k = 3
num_val = len(data) // k
all_scores = []
for i in range(k):
    val_data = data[i * num_val : (i + 1) * num_val]
    val_targets = targets[i * num_val : (i + 1) * num_val]
    partial_data = np.concatenate([data[: i * num_val], data[(i + 1) * num_val :]])
    partial_targets = np.concatenate(
        [targets[: i * num_val], targets[(i + 1) * num_val :]]
    )
    model = build_model()
    model.fit(
        partial_data,
        partial_targets,
        epochs=60,
        batch_size=16,
        class_weight={0: 1.0, 1: 2.0},
        verbose=0,
    )
    all_scores.append(model.evaluate(val_data, val_targets, verbose=0)[1])
score = np.mean(all_scores)
