"""Overfit and underfit, after the tensorflow.org tutorial (Higgs), with small data."""

import tensorflow as tf
from tensorflow.keras import layers
from tensorflow.keras import regularizers
import pathlib
import shutil
import tempfile
import numpy as np

print(tf.__version__)
tf.random.set_seed(0)
logdir = pathlib.Path(tempfile.mkdtemp()) / "tensorboard_logs"
shutil.rmtree(logdir, ignore_errors=True)
FEATURES = 8
rng = np.random.RandomState(0)
data = rng.normal(size=(1200, FEATURES)).astype("float32")
label = ((data[:, 0] * data[:, 1] + data[:, 2]) > 0).astype("float32")
np.savetxt("HIGGS.csv", np.column_stack([label, data]), delimiter=",", fmt="%.5f")
ds = tf.data.experimental.CsvDataset(
    "HIGGS.csv",
    [
        float(),
    ]
    * (FEATURES + 1),
)


def pack_row(*row):
    label = row[0]
    features = tf.stack(row[1:], 1)
    return features, label


packed_ds = ds.batch(1000).map(pack_row).unbatch()
for features, label in packed_ds.batch(1000).take(1):
    print(features[0])
N_VALIDATION, N_TRAIN, BUFFER_SIZE, BATCH_SIZE = 200, 1000, 1000, 50
STEPS_PER_EPOCH = N_TRAIN // BATCH_SIZE
validate_ds = packed_ds.take(N_VALIDATION).cache()
train_ds = packed_ds.skip(N_VALIDATION).take(N_TRAIN).cache()
validate_ds = validate_ds.batch(BATCH_SIZE)
train_ds = train_ds.shuffle(BUFFER_SIZE).repeat().batch(BATCH_SIZE)
lr_schedule = tf.keras.optimizers.schedules.InverseTimeDecay(
    0.005, decay_steps=STEPS_PER_EPOCH * 10, decay_rate=1, staircase=False
)


def get_optimizer():
    return tf.keras.optimizers.Adam(lr_schedule)


step = np.linspace(0, 1000)
lr = lr_schedule(step)


def get_callbacks(name):
    return [
        tf.keras.callbacks.EarlyStopping(
            monitor="val_binary_crossentropy", patience=20
        ),
        tf.keras.callbacks.TensorBoard(logdir / name),
    ]


def compile_and_fit(model, name, optimizer=None, max_epochs=30):
    if optimizer is None:
        optimizer = get_optimizer()
    model.compile(
        optimizer=optimizer,
        loss=tf.keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[
            tf.keras.metrics.BinaryCrossentropy(
                from_logits=True, name="binary_crossentropy"
            ),
            "accuracy",
        ],
    )
    model.summary()
    history = model.fit(
        train_ds,
        steps_per_epoch=STEPS_PER_EPOCH,
        epochs=max_epochs,
        validation_data=validate_ds,
        callbacks=get_callbacks(name),
        verbose=0,
    )
    return history


size_histories = {}
tiny_model = tf.keras.Sequential(
    [layers.Dense(16, activation="elu", input_shape=(FEATURES,)), layers.Dense(1)]
)
size_histories["Tiny"] = compile_and_fit(tiny_model, "sizes/Tiny")
combined_model = tf.keras.Sequential(
    [
        layers.Dense(
            64,
            kernel_regularizer=regularizers.l2(0.0001),
            activation="elu",
            input_shape=(FEATURES,),
        ),
        layers.Dropout(0.2),
        layers.Dense(64, kernel_regularizer=regularizers.l2(0.0001), activation="elu"),
        layers.Dropout(0.2),
        layers.Dense(1),
    ]
)
size_histories["combined"] = compile_and_fit(combined_model, "regularizers/combined")
result = combined_model(features)
regularization_loss = tf.add_n(combined_model.losses)
print(float(regularization_loss))
best = combined_model.evaluate(validate_ds, verbose=0, return_dict=True)
p = combined_model.predict(validate_ds)
yv = np.concatenate([b.numpy() for _, b in validate_ds])
score = float(((p[:, 0] > 0) == yv).mean())
print(best, score)
