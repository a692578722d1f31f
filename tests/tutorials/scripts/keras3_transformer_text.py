"""Keras 3 (2024): token and position embedding, a transformer block, text classes."""

import keras
import numpy as np
from keras import layers, ops

rng = np.random.default_rng(0)
maxlen, vocab_size, embed_dim, num_heads = 8, 20, 16, 2
x = rng.integers(2, vocab_size, size=(300, maxlen))
y = np.arange(300) % 2
x[y == 1, rng.integers(0, maxlen, size=150)] = 1  # the word that decides


class TransformerBlock(layers.Layer):
    def __init__(self, embed_dim, num_heads, ff_dim, rate=0.1):
        super().__init__()
        self.att = layers.MultiHeadAttention(num_heads=num_heads, key_dim=embed_dim)
        self.ffn = keras.Sequential(
            [layers.Dense(ff_dim, activation="relu"), layers.Dense(embed_dim)]
        )
        self.layernorm1 = layers.LayerNormalization(epsilon=1e-6)
        self.layernorm2 = layers.LayerNormalization(epsilon=1e-6)
        self.dropout = layers.Dropout(rate)

    def call(self, inputs):
        out1 = self.layernorm1(inputs + self.dropout(self.att(inputs, inputs)))
        return self.layernorm2(out1 + self.ffn(out1))


class TokenAndPositionEmbedding(layers.Layer):
    def __init__(self, maxlen, vocab_size, embed_dim):
        super().__init__()
        self.token_emb = layers.Embedding(vocab_size, embed_dim)
        self.pos_emb = layers.Embedding(maxlen, embed_dim)

    def call(self, x):
        positions = ops.arange(start=0, stop=ops.shape(x)[-1], step=1)
        return self.token_emb(x) + self.pos_emb(positions)


inputs = layers.Input(shape=(maxlen,))
x_embedded = TokenAndPositionEmbedding(maxlen, vocab_size, embed_dim)(inputs)
hidden = TransformerBlock(embed_dim, num_heads, 16)(x_embedded)
hidden = layers.GlobalAveragePooling1D()(hidden)
model = keras.Model(inputs, layers.Dense(2, activation="softmax")(hidden))
model.compile(
    keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
model.fit(x, y, batch_size=32, epochs=12, verbose=0)
score = model.evaluate(x, y, verbose=0)[1]
