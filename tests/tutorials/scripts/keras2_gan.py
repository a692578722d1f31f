"""Keras 2 (2018): GAN with train_on_batch and discriminator.trainable = False."""

import numpy as np
from keras.layers import Dense, Input, LeakyReLU
from keras.models import Model, Sequential
from keras.optimizers import Adam

np.random.seed(1)
latent_dim, batch_size = 4, 64
discriminator = Sequential(
    [Dense(16, input_dim=2), LeakyReLU(0.2), Dense(1, "sigmoid")]
)
discriminator.compile(
    loss="binary_crossentropy", optimizer=Adam(0.01, 0.5), metrics=["accuracy"]
)
generator = Sequential([Dense(16, input_dim=latent_dim), LeakyReLU(0.2), Dense(2)])
discriminator.trainable = False
z = Input(shape=(latent_dim,))
combined = Model(z, discriminator(generator(z)))
combined.compile(loss="binary_crossentropy", optimizer=Adam(0.01, 0.5))

valid, fake = np.ones((batch_size, 1)), np.zeros((batch_size, 1))
centres = []
for step in range(400):
    real = np.random.normal([2, -1], 0.5, size=(batch_size, 2))
    noise = np.random.normal(size=(batch_size, latent_dim))
    made = generator.predict_on_batch(noise)
    d_loss_real = discriminator.train_on_batch(real, valid)
    d_loss_fake = discriminator.train_on_batch(made, fake)
    d_loss = 0.5 * np.add(d_loss_real, d_loss_fake)
    g_loss = combined.train_on_batch(noise, valid)
    if step >= 200:
        centres.append(made.mean(axis=0))
# Distance from the true centre, averaged over the second half of the steps.
score = float(np.linalg.norm(np.mean(centres, axis=0) - [2, -1]))
