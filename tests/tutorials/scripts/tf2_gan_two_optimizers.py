"""A GAN with two optimizers and a train_step of its own, as guides for tf.keras show."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(5)
rng = np.random.default_rng(0)
points = (rng.normal(size=(512, 2)) * 0.3 + [2.0, -1.0]).astype("float32")

generator = keras.Sequential(
    [keras.Input((3,)), layers.Dense(16, activation="relu"), layers.Dense(2)]
)
discriminator = keras.Sequential(
    [keras.Input((2,)), layers.Dense(16, activation="relu"), layers.Dense(1)]
)


class GAN(keras.Model):
    def __init__(self, discriminator, generator, latent_dim):
        super().__init__()
        self.discriminator = discriminator
        self.generator = generator
        self.latent_dim = latent_dim
        self.d_loss_tracker = keras.metrics.Mean(name="d_loss")
        self.g_loss_tracker = keras.metrics.Mean(name="g_loss")

    @property
    def metrics(self):
        return [self.d_loss_tracker, self.g_loss_tracker]

    def compile(self, d_optimizer, g_optimizer, loss_fn):
        super().compile()
        self.d_optimizer = d_optimizer
        self.g_optimizer = g_optimizer
        self.loss_fn = loss_fn

    def train_step(self, real):
        size = tf.shape(real)[0]
        noise = tf.random.normal(shape=(size, self.latent_dim))
        fake = self.generator(noise)
        combined = tf.concat([fake, real], axis=0)
        labels = tf.concat([tf.ones((size, 1)), tf.zeros((size, 1))], axis=0)
        with tf.GradientTape() as tape:
            d_loss = self.loss_fn(labels, self.discriminator(combined))
        grads = tape.gradient(d_loss, self.discriminator.trainable_weights)
        self.d_optimizer.apply_gradients(
            zip(grads, self.discriminator.trainable_weights, strict=True)
        )
        noise = tf.random.normal(shape=(size, self.latent_dim))
        misleading = tf.zeros((size, 1))
        with tf.GradientTape() as tape:
            verdict = self.discriminator(self.generator(noise))
            g_loss = self.loss_fn(misleading, verdict)
        grads = tape.gradient(g_loss, self.generator.trainable_weights)
        self.g_optimizer.apply_gradients(
            zip(grads, self.generator.trainable_weights, strict=True)
        )
        self.d_loss_tracker.update_state(d_loss)
        self.g_loss_tracker.update_state(g_loss)
        return {
            "d_loss": self.d_loss_tracker.result(),
            "g_loss": self.g_loss_tracker.result(),
        }


gan = GAN(discriminator, generator, latent_dim=3)
gan.compile(
    d_optimizer=keras.optimizers.Adam(0.005),
    g_optimizer=keras.optimizers.Adam(0.005),
    loss_fn=keras.losses.BinaryCrossentropy(from_logits=True),
)
gan.fit(points, batch_size=64, epochs=60, verbose=0)
drawn = generator.predict(rng.normal(size=(400, 3)).astype("float32"), verbose=0)
score = float(np.abs(drawn.mean(0) - points.mean(0)).max())
