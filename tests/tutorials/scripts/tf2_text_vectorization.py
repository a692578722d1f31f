"""tf.keras (2021): TextVectorization, Embedding and Bidirectional LSTM on strings."""

import numpy as np
import tensorflow as tf

rng = np.random.default_rng(0)
words = ["we", "saw", "it", "there", "once", "more"]
texts, labels = [], []
for i in range(160):
    sentence = list(rng.choice(words, size=5))
    sentence.insert(rng.integers(5), "good" if i % 2 else "bad")
    texts.append(" ".join(sentence).capitalize() + ".")
    labels.append(i % 2)
train_ds = tf.data.Dataset.from_tensor_slices((texts, labels)).shuffle(160).batch(16)
encoder = tf.keras.layers.TextVectorization(max_tokens=20, output_sequence_length=8)
encoder.adapt(train_ds.map(lambda text, label: text))
print(encoder.get_vocabulary()[:5])
model = tf.keras.Sequential(
    [
        tf.keras.layers.Embedding(20, 8, mask_zero=True),
        tf.keras.layers.Bidirectional(tf.keras.layers.LSTM(8)),
        tf.keras.layers.Dense(1),
    ]
)
model.compile(
    loss=tf.keras.losses.BinaryCrossentropy(from_logits=True),
    optimizer=tf.keras.optimizers.Adam(0.02),
    metrics=[tf.keras.metrics.BinaryAccuracy(threshold=0.0)],
)
encoded = train_ds.map(lambda text, label: (encoder(text), label))
model.fit(encoded, epochs=10, verbose=0)
score = model.evaluate(encoded, verbose=0)[1]
