"""A text pipeline of the TF2 guides: lines, split, TextVectorization, padded_batch."""

import numpy as np
import tensorflow as tf
from tensorflow import keras

AUTOTUNE = tf.data.AUTOTUNE
rng = np.random.default_rng(3)
good, bad, plain = (
    "great lovely superb fun".split(),
    "awful dull weak sad".split(),
    "the film was a story with actors and music".split(),
)
lines = []
for _ in range(800):
    label = int(rng.integers(2))
    words = list(rng.choice(plain, rng.integers(4, 12))) + list(
        rng.choice(good if label else bad, 2)
    )
    rng.shuffle(words)
    lines.append(f"{label}\t{' '.join(words).capitalize()}!")
with open("reviews.txt", "w") as f:
    f.write("\n".join(lines))
raw = tf.data.TextLineDataset("reviews.txt")


def parse(line):
    parts = tf.strings.split(line, "\t")
    return parts[1], tf.strings.to_number(parts[0], tf.int32)


ds = raw.map(parse, num_parallel_calls=AUTOTUNE)
for text, label in ds.take(2):
    print(text.numpy().decode(), label.numpy())
vectorize = keras.layers.TextVectorization(
    max_tokens=100, output_mode="int", standardize="lower_and_strip_punctuation"
)
vectorize.adapt(ds.map(lambda t, l: t).batch(64))
print(vectorize.get_vocabulary()[:6])
encoded = ds.map(
    lambda t, l: (tf.squeeze(vectorize(tf.expand_dims(t, -1)), 0), l)
).cache()
train = (
    encoded.take(600)
    .shuffle(600, seed=1)
    .padded_batch(32, padded_shapes=([None], []))
    .prefetch(AUTOTUNE)
)
test = encoded.skip(600).padded_batch(32, padded_shapes=([None], []))
print(train.element_spec)
model = keras.Sequential(
    [
        keras.layers.Embedding(vectorize.vocabulary_size(), 16, mask_zero=True),
        keras.layers.Bidirectional(keras.layers.LSTM(16)),
        keras.layers.Dense(1),
    ]
)
model.compile(
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    optimizer=keras.optimizers.Adam(1e-2),
    metrics=["accuracy"],
)
model.fit(train, epochs=3, validation_data=test, verbose=0)
p = model.predict(vectorize(tf.constant(["A superb film, lovely!", "an awful film"])))
assert p[0, 0] > p[1, 0]
score = model.evaluate(test, verbose=0)[1]
