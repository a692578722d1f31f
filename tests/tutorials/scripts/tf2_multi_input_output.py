"""tf.keras (2020): two inputs, two named outputs, loss_weights."""

import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

rng = np.random.default_rng(0)
title = rng.integers(1, 20, size=(300, 6))
tags = rng.integers(0, 2, size=(300, 4)).astype("float32")
urgent = (title == 7).any(axis=1).astype("float32")
department = tags[:, :2].argmax(axis=1)

title_input = keras.Input(shape=(None,), name="title")
tags_input = keras.Input(shape=(4,), name="tags")
features = layers.Embedding(20, 8)(title_input)
features = layers.GlobalMaxPooling1D()(features)
x = layers.concatenate([features, tags_input])
priority_pred = layers.Dense(1, name="priority")(x)
department_pred = layers.Dense(2, name="department")(x)
model = keras.Model([title_input, tags_input], [priority_pred, department_pred])
model.compile(
    optimizer=keras.optimizers.RMSprop(0.02),
    loss={
        "priority": keras.losses.BinaryCrossentropy(from_logits=True),
        "department": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    },
    loss_weights={"priority": 1.0, "department": 0.5},
)
model.fit(
    {"title": title, "tags": tags},
    {"priority": urgent, "department": department},
    epochs=40,
    batch_size=16,
    verbose=0,
)
priority, chosen = model.predict({"title": title, "tags": tags}, verbose=0)
score = 0.5 * np.mean((priority[:, 0] > 0) == urgent) + 0.5 * np.mean(
    chosen.argmax(axis=1) == department
)
