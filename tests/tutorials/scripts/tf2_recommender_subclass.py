"""Collaborative filtering (keras.io): a subclassed model of embeddings and tf.tensordot."""

import numpy as np, pandas as pd
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

tf.random.set_seed(2)
rng = np.random.default_rng(0)
u, v = rng.normal(size=(60, 3)), rng.normal(size=(40, 3))
rows = [
    (i + 1, j + 100, float(np.clip(np.round(3 + u[i] @ v[j]), 0.5, 5)))
    for i in range(60)
    for j in range(40)
    if rng.random() < 0.7
]
df = pd.DataFrame(rows, columns=["userId", "movieId", "rating"])
user_ids = df["userId"].unique().tolist()
user2user_encoded = {x: i for i, x in enumerate(user_ids)}
movie_ids = df["movieId"].unique().tolist()
movie2movie_encoded = {x: i for i, x in enumerate(movie_ids)}
df["user"] = df["userId"].map(user2user_encoded)
df["movie"] = df["movieId"].map(movie2movie_encoded)
num_users, num_movies = len(user2user_encoded), len(movie2movie_encoded)
min_rating, max_rating = min(df["rating"]), max(df["rating"])
df = df.sample(frac=1, random_state=42)
x = df[["user", "movie"]].values
y = df["rating"].apply(lambda x: (x - min_rating) / (max_rating - min_rating)).values
train_indices = int(0.9 * df.shape[0])
x_train, x_val, y_train, y_val = (
    x[:train_indices],
    x[train_indices:],
    y[:train_indices],
    y[train_indices:],
)
EMBEDDING_SIZE = 6


class RecommenderNet(keras.Model):
    def __init__(self, num_users, num_movies, embedding_size, **kwargs):
        super().__init__(**kwargs)
        self.user_embedding = layers.Embedding(
            num_users,
            embedding_size,
            embeddings_initializer="he_normal",
            embeddings_regularizer=keras.regularizers.l2(1e-6),
        )
        self.user_bias = layers.Embedding(num_users, 1)
        self.movie_embedding = layers.Embedding(
            num_movies,
            embedding_size,
            embeddings_initializer="he_normal",
            embeddings_regularizer=keras.regularizers.l2(1e-6),
        )
        self.movie_bias = layers.Embedding(num_movies, 1)

    def call(self, inputs):
        user_vector = self.user_embedding(inputs[:, 0])
        user_bias = self.user_bias(inputs[:, 0])
        movie_vector = self.movie_embedding(inputs[:, 1])
        movie_bias = self.movie_bias(inputs[:, 1])
        dot_user_movie = tf.reduce_sum(
            user_vector * movie_vector, axis=1, keepdims=True
        )
        x = dot_user_movie + user_bias + movie_bias
        return tf.nn.sigmoid(x)


model = RecommenderNet(num_users, num_movies, EMBEDDING_SIZE)
model.compile(
    loss=tf.keras.losses.BinaryCrossentropy(),
    optimizer=keras.optimizers.Adam(learning_rate=0.01),
)
history = model.fit(
    x=x_train,
    y=y_train,
    batch_size=64,
    epochs=40,
    verbose=0,
    validation_data=(x_val, y_val),
)
user_id = df.userId.sample(1, random_state=0).iloc[0]
seen = df[df.userId == user_id]
not_seen = [
    [movie2movie_encoded.get(m)] for m in movie_ids if m not in set(seen.movieId.values)
]
user_movie_array = np.hstack(
    ([[user2user_encoded.get(user_id)]] * len(not_seen), not_seen)
)
ratings = model.predict(user_movie_array, verbose=0).flatten()
top = ratings.argsort()[-5:][::-1]
score = float(np.corrcoef(model.predict(x_val, verbose=0)[:, 0], y_val)[0, 1])
