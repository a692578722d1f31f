"""tf.keras (2020): an autoencoder as a subclass finds the odd heartbeats."""

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers
from tensorflow.keras.models import Model

tf.random.set_seed(21)
np.random.seed(21)
t = np.linspace(0, 1, 60)


def beats(count, normal):
    phase = np.random.uniform(0.45, 0.55, (count, 1))
    wave = np.exp(-((t - phase) ** 2) / 0.005)
    if not normal:
        wave = wave - 0.8 * np.exp(-((t - phase - 0.25) ** 2) / 0.004)
    return wave + np.random.normal(0, 0.03, wave.shape)


raw_data = np.vstack([beats(300, True), beats(120, False)])
labels = np.array([1] * 300 + [0] * 120)
order = np.random.permutation(len(labels))
raw_data, labels = raw_data[order], labels[order]
train_data, test_data = raw_data[:320], raw_data[320:]
train_labels, test_labels = labels[:320], labels[320:]

min_val = tf.reduce_min(train_data)
max_val = tf.reduce_max(train_data)
train_data = (train_data - min_val) / (max_val - min_val)
test_data = (test_data - min_val) / (max_val - min_val)
train_data = tf.cast(train_data, tf.float32)
test_data = tf.cast(test_data, tf.float32)
train_labels = train_labels.astype(bool)
test_labels = test_labels.astype(bool)
normal_train_data = train_data[train_labels]
normal_test_data = test_data[test_labels]
anomalous_train_data = train_data[~train_labels]
anomalous_test_data = test_data[~test_labels]


class AnomalyDetector(Model):
    def __init__(self):
        super(AnomalyDetector, self).__init__()
        self.encoder = tf.keras.Sequential(
            [
                layers.Dense(32, activation="relu"),
                layers.Dense(16, activation="relu"),
                layers.Dense(4, activation="relu"),
            ]
        )
        self.decoder = tf.keras.Sequential(
            [
                layers.Dense(16, activation="relu"),
                layers.Dense(32, activation="relu"),
                layers.Dense(60, activation="sigmoid"),
            ]
        )

    def call(self, x):
        encoded = self.encoder(x)
        decoded = self.decoder(encoded)
        return decoded


autoencoder = AnomalyDetector()
autoencoder.compile(optimizer="adam", loss="mae")
history = autoencoder.fit(
    normal_train_data,
    normal_train_data,
    epochs=80,
    batch_size=32,
    validation_data=(test_data, test_data),
    shuffle=True,
    verbose=0,
)
encoded_data = autoencoder.encoder(normal_test_data).numpy()
decoded_data = autoencoder.decoder(encoded_data).numpy()

reconstructions = autoencoder.predict(normal_train_data)
train_loss = tf.keras.losses.mae(reconstructions, normal_train_data)
print(train_loss[None, :].shape)
threshold = np.mean(train_loss) + np.std(train_loss)
print("Threshold: ", threshold)
reconstructions = autoencoder.predict(anomalous_test_data)
test_loss = tf.keras.losses.mae(reconstructions, anomalous_test_data)


def predict(model, data, threshold):
    reconstructions = model(data)
    loss = tf.keras.losses.mae(reconstructions, data)
    return tf.math.less(loss, threshold)


preds = predict(autoencoder, test_data, threshold * 1.5)
score = float(tf.reduce_mean(tf.cast(tf.equal(preds, test_labels), tf.float32)))
