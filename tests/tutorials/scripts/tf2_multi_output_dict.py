"""tf.keras (2021): two heads by name: losses, weights, metrics and data as dicts."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(11)
data = np.load("mnist.npz")
x_train, y_train = data["x_train"], data["y_train"]
x_test, y_test = data["x_test"], data["y_test"]
x_train = x_train[..., None] / 255.0
x_test = x_test[..., None] / 255.0


def targets(y):
    return {
        "digit": y.astype("int32"),
        "is_even": (y % 2 == 0).astype("float32")[:, None],
        "ink": None,
    }


train_y, test_y = targets(y_train), targets(y_test)
train_y["ink"] = x_train.mean(axis=(1, 2, 3))
test_y["ink"] = x_test.mean(axis=(1, 2, 3))

inputs = keras.Input(shape=(28, 28, 1), name="image")
x = layers.Conv2D(8, 3, strides=2, activation="relu")(inputs)
x = layers.Conv2D(16, 3, strides=2, activation="relu")(x)
x = layers.Flatten()(x)
x = layers.Dense(32, activation="relu")(x)
digit = layers.Dense(10, activation="softmax", name="digit")(x)
is_even = layers.Dense(1, activation="sigmoid", name="is_even")(x)
ink = layers.Dense(1, name="ink")(x)
model = keras.Model(
    inputs=inputs, outputs={"digit": digit, "is_even": is_even, "ink": ink}
)
model.compile(
    optimizer=keras.optimizers.Adam(3e-3),
    loss={
        "digit": keras.losses.SparseCategoricalCrossentropy(),
        "is_even": "binary_crossentropy",
        "ink": "mse",
    },
    loss_weights={"digit": 1.0, "is_even": 0.5, "ink": 10},
    metrics={
        "digit": [
            "accuracy",
            keras.metrics.SparseTopKCategoricalAccuracy(3, name="top3"),
        ],
        "is_even": [keras.metrics.AUC(name="auc")],
        "ink": "mae",
    },
)
train_ds = (
    tf.data.Dataset.from_tensor_slices((x_train, train_y))
    .shuffle(1500)
    .batch(64)
    .prefetch(tf.data.experimental.AUTOTUNE)
)
test_ds = tf.data.Dataset.from_tensor_slices((x_test, test_y)).batch(100)
history = model.fit(
    train_ds,
    validation_data=test_ds,
    epochs=14,
    verbose=0,
    callbacks=[
        keras.callbacks.ReduceLROnPlateau(
            monitor="val_digit_accuracy", mode="max", patience=2
        ),
        keras.callbacks.EarlyStopping(
            monitor="val_digit_loss", patience=6, restore_best_weights=True
        ),
        keras.callbacks.CSVLogger("log.csv"),
    ],
)
for name in ("digit_top3", "val_is_even_auc", "ink_mae", "val_ink_loss"):
    assert name in history.history, name
results = model.evaluate(test_ds, return_dict=True, verbose=0)
predictions = model.predict(x_test, verbose=0)
assert predictions["ink"].shape == (500, 1)
score = float(np.mean(predictions["digit"].argmax(-1) == y_test))
assert abs(score - results["digit_accuracy"]) < 1e-3
