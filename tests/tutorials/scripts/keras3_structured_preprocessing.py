"""Keras 3 (2024): StringLookup, Normalization and CategoryEncoding beside numbers."""

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(0)
kinds = np.array(["cat", "dog", "bird"])
kind = rng.choice(kinds, size=300)
age = rng.uniform(0, 20, size=(300, 1)).astype("float32")
adopted = ((kind == "cat") | (age[:, 0] < 5)).astype("int32")

lookup = layers.StringLookup(vocabulary=["cat", "dog", "bird"], output_mode="one_hot")
normalizer = layers.Normalization()
normalizer.adapt(age)
kind_encoded = np.asarray(lookup(kind[:, None]))
age_scaled = np.asarray(normalizer(age))
all_inputs = [keras.Input((kind_encoded.shape[1],)), keras.Input((1,))]
x = layers.Dense(32, activation="relu")(layers.concatenate(all_inputs))
model = keras.Model(all_inputs, layers.Dense(1, activation="sigmoid")(x))
model.compile(keras.optimizers.Adam(0.03), "binary_crossentropy", metrics=["accuracy"])
model.fit([kind_encoded, age_scaled], adopted, epochs=50, batch_size=16, verbose=0)
score = model.evaluate([kind_encoded, age_scaled], adopted, verbose=0)[1]
