"""Make the model files of old Keras that the tests read; run with that Keras.

    python make_old_files.py keras2    # with tensorflow-cpu 2.15, which holds Keras 2.15
    python make_old_files.py keras3    # with keras 3.0.5 on JAX 0.4.30

Each model comes with an input and its prediction in `<name>.npz`.
"""

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent / "old_files"


def models(keras):
    """{name: model}, all small."""
    layers, rng = keras.layers, np.random.default_rng(0)
    cnn = keras.Sequential(
        [
            layers.Conv2D(3, (3, 3), activation="relu", input_shape=(8, 8, 1)),
            layers.BatchNormalization(),
            layers.MaxPooling2D((2, 2)),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(4, activation="relu", kernel_regularizer="l2"),
            layers.Dense(3, activation="softmax"),
        ],
        name="cnn",
    )
    cnn.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    y = np.eye(3, dtype="float32")[rng.integers(0, 3, 4)]
    cnn.train_on_batch(rng.normal(size=(4, 8, 8, 1)).astype("float32"), y)

    line = keras.Sequential(
        [layers.Dense(4, activation="tanh", input_dim=3), layers.Dense(1)],
        name="line",
    )
    line.compile(
        optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=0.9),
        loss="mse",
        metrics=["mae", keras.metrics.RootMeanSquaredError(name="rmse")],
    )
    x = rng.normal(size=(4, 3)).astype("float32")
    line.train_on_batch(x, x.sum(axis=1, keepdims=True))

    nested = keras.Sequential(
        [
            keras.Input(shape=(6,)),
            keras.Sequential(
                [
                    layers.Dense(4, name="inner", trainable=False),
                    layers.BatchNormalization(),
                    layers.LeakyReLU(),
                ],
                name="block",
            ),
            layers.Dense(2, name="head"),
        ],
        name="nested",
    )
    nested.compile(
        "rmsprop", keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    given = keras.Input(shape=(8, 8, 1), name="picture")
    left = layers.Conv2D(3, 3, padding="same", name="left")(given)
    right = layers.Conv2D(3, 1, name="right")(given)
    both = layers.Concatenate()([layers.add([left, right]), left])
    shared = layers.Dense(4, activation="relu", name="shared")
    pooled = layers.GlobalAveragePooling2D()(both)
    y = layers.Dense(2, name="out")(layers.multiply([shared(pooled), shared(pooled)]))
    graph = keras.Model(given, y, name="graph")
    graph.compile("adam", "mse")
    return {"cnn": cnn, "line": line, "nested": nested, "graph": graph}


def main(which):
    """Write all files of `which`."""
    import keras

    print("Keras", keras.__version__)
    HERE.mkdir(exist_ok=True)
    keras.utils.set_random_seed(1)
    suffixes = (".h5", ".keras") if which == "keras2" else (".keras",)
    for name, model in models(keras).items():
        x = np.random.default_rng(2).normal(size=(2, *model.input_shape[1:]))
        x = x.astype("float32")
        for suffix in suffixes:
            model.save(HERE / f"{which}_{name}{suffix}")
        y = np.asarray(model.predict(x, verbose=0))
        np.savez_compressed(HERE / f"{which}_{name}.npz", x=x, y=y)
        (HERE / f"{which}_{name}.json").write_text(model.to_json())
        if which == "keras2":
            model.save_weights(HERE / f"{which}_{name}_weights.h5")


if __name__ == "__main__":
    main(sys.argv[1])
