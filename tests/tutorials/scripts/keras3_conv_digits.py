"""Keras 3 (2023): the convnet of the getting-started page, with callbacks."""

import keras
import numpy as np

with np.load("mnist.npz") as data:
    x_train, y_train = data["x_train"], data["y_train"]
x_train, y_train = x_train[y_train < 3], y_train[y_train < 3]
x_train = np.expand_dims(x_train.astype("float32") / 255, -1)
model = keras.Sequential(
    [
        keras.layers.Input(shape=(28, 28, 1)),
        keras.layers.Conv2D(8, kernel_size=(3, 3), strides=2, activation="relu"),
        keras.layers.Conv2D(8, kernel_size=(3, 3), activation="relu"),
        keras.layers.MaxPooling2D(pool_size=(2, 2)),
        keras.layers.Flatten(),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(3, activation="softmax"),
    ]
)
model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(),
    optimizer=keras.optimizers.Adam(learning_rate=3e-3),
    metrics=[keras.metrics.SparseCategoricalAccuracy(name="acc")],
)
callbacks = [
    keras.callbacks.ModelCheckpoint(filepath="model_at_epoch_{epoch}.keras"),
    keras.callbacks.EarlyStopping(monitor="val_loss", patience=4),
]
model.fit(
    x_train,
    y_train,
    batch_size=32,
    epochs=8,
    validation_split=0.15,
    callbacks=callbacks,
    verbose=0,
)
model = keras.saving.load_model("model_at_epoch_4.keras")
score = model.evaluate(x_train, y_train, verbose=0)[1]
