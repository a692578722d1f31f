"""Keras 3 (2024): a query looks up its value by attention; its scores are the proof."""

import keras
import numpy as np
from keras import layers, ops

rng = np.random.default_rng(0)
num_keys, batch = 6, 512
keys = np.stack([rng.permutation(num_keys) for _ in range(batch)])
values = rng.integers(0, 3, size=(batch, num_keys))
wanted = rng.integers(0, num_keys, size=batch)
places = np.argmax(keys == wanted[:, None], axis=1)
answers = values[np.arange(batch), places]

key_input = keras.Input((num_keys,), dtype="int32", name="keys")
value_input = keras.Input((num_keys,), dtype="int32", name="values")
query_input = keras.Input((1,), dtype="int32", name="query")
embed = layers.Embedding(num_keys, 12)
value_vectors = layers.Embedding(3, 12)(value_input)
attended, scores = layers.Attention(use_scale=True)(
    [embed(query_input), value_vectors, embed(key_input)], return_attention_scores=True
)
x = layers.LayerNormalization()(ops.squeeze(attended, axis=1))
outputs = layers.Dense(3, activation="softmax")(x)
inputs = [key_input, value_input, query_input]
model = keras.Model(inputs, outputs)
model.compile(
    keras.optimizers.AdamW(0.02, weight_decay=1e-4),
    "sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
data = {"keys": keys, "values": values, "query": wanted[:, None]}
model.fit(data, answers, batch_size=64, epochs=25, verbose=0)
looked_at = keras.Model(inputs, scores).predict(data, verbose=0)[:, 0]
assert np.mean(np.argmax(looked_at, axis=1) == places) > 0.95
score = model.evaluate(data, answers, verbose=0)[1]
