"""A variational autoencoder with a Sampling layer and a train_step of its own."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(1)
rng = np.random.default_rng(0)
factors = rng.normal(size=(512, 2))
data = (factors @ rng.normal(size=(2, 8))).astype("float32")


class Sampling(layers.Layer):
    """z from its mean and the logarithm of its variance."""

    def call(self, inputs):
        z_mean, z_log_var = inputs
        batch = tf.shape(z_mean)[0]
        dim = tf.shape(z_mean)[1]
        epsilon = tf.random.normal(shape=(batch, dim))
        return z_mean + tf.exp(0.5 * z_log_var) * epsilon


inputs = keras.Input(shape=(8,))
x = layers.Dense(16, activation="tanh")(inputs)
z_mean = layers.Dense(2, name="z_mean")(x)
z_log_var = layers.Dense(2, name="z_log_var")(x)
encoder = keras.Model(inputs, [z_mean, z_log_var, Sampling()([z_mean, z_log_var])])
decoder = keras.Sequential(
    [keras.Input((2,)), layers.Dense(16, activation="tanh"), layers.Dense(8)]
)


class VAE(keras.Model):
    def __init__(self, encoder, decoder, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.total_loss_tracker = keras.metrics.Mean(name="total_loss")

    @property
    def metrics(self):
        return [self.total_loss_tracker]

    def train_step(self, data):
        with tf.GradientTape() as tape:
            z_mean, z_log_var, z = self.encoder(data)
            reconstruction = self.decoder(z)
            error = tf.reduce_mean(
                tf.reduce_sum(tf.square(data - reconstruction), axis=1)
            )
            kl_loss = -0.5 * (1 + z_log_var - tf.square(z_mean) - tf.exp(z_log_var))
            total = error + 0.05 * tf.reduce_mean(tf.reduce_sum(kl_loss, axis=1))
        grads = tape.gradient(total, self.trainable_weights)
        self.optimizer.apply_gradients(zip(grads, self.trainable_weights, strict=True))
        self.total_loss_tracker.update_state(total)
        return {"loss": self.total_loss_tracker.result()}


vae = VAE(encoder, decoder)
vae.compile(optimizer=keras.optimizers.Adam(0.01))
vae.fit(data, epochs=40, batch_size=64, verbose=0)
rebuilt = decoder.predict(encoder.predict(data, verbose=0)[0], verbose=0)
score = float(((data - rebuilt) ** 2).mean() / data.var())
