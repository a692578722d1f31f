"""tf.keras (2022): schedules by callback, checkpoints of the best, and their weights."""

import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(3)
rng = np.random.default_rng(3)
x = rng.uniform(-1, 1, size=(800, 2)).astype("float32")
y = ((x**2).sum(axis=1) < 0.5).astype("int32")


def scheduler(epoch, lr):
    return lr if epoch < 10 else lr * 0.95


class StopAt(tf.keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        if logs.get("val_accuracy", 0) > 0.995:
            self.model.stop_training = True


model = tf.keras.Sequential(
    [
        tf.keras.layers.Dense(32, activation="relu", input_shape=(2,)),
        tf.keras.layers.Dense(32, activation="relu", kernel_initializer="he_normal"),
        tf.keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(tf.keras.optimizers.Adam(0.02), "binary_crossentropy", ["accuracy"])
callbacks = [
    tf.keras.callbacks.LearningRateScheduler(scheduler),
    tf.keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=8),
    tf.keras.callbacks.ModelCheckpoint(
        "best.weights.h5",
        monitor="val_loss",
        save_best_only=True,
        save_weights_only=True,
    ),
    tf.keras.callbacks.CSVLogger("log.csv"),
    StopAt(),
]
history = model.fit(
    x,
    y,
    validation_split=0.25,
    epochs=40,
    batch_size=32,
    verbose=0,
    callbacks=callbacks,
)
with open("log.csv") as file:
    assert file.readline().startswith("epoch,")
model.load_weights("best.weights.h5")
loss = model.evaluate(x[600:], y[600:], verbose=0)[0]
assert abs(loss - min(history.history["val_loss"])) < 1e-4
score = model.evaluate(x, y, verbose=0)[1]
