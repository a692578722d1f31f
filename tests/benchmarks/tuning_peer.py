"""Keras Tuner on the search of `tuning.py`: the same network, ranges, data and epochs.

    python -m venv venv && venv/bin/pip install keras-tuner jax scikit-learn scipy six
    KERAS_BACKEND=jax PYTHONPATH=. venv/bin/python tests/benchmarks/tuning_peer.py digits.npz

`digits.npz` holds x, y, x_val and y_val; `tuning.py --save digits.npz` writes it. Keras
Tuner searches by its BayesianOptimization, which does not prune. Printed is the best
held-out accuracy after each trial, and the seconds of each search.
"""

import argparse
import json
import tempfile
import time

import keras
import keras_tuner
import numpy as np

OPTIMIZERS = {
    "sgd": keras.optimizers.SGD,
    "adam": keras.optimizers.Adam,
    "rmsprop": keras.optimizers.RMSprop,
}


def build(trial):
    """The network of `tuning.build`, with Keras Tuner's names of the ranges."""
    activation = trial.Choice("activation", ["relu", "tanh", "sigmoid"])
    dropout = trial.Float("dropout", 0.0, 0.8)
    model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten()])
    units = trial.Int("units", 8, 128, sampling="log")
    for _ in range(trial.Int("hidden", 1, 3)):
        model.add(keras.layers.Dense(units))
        model.add(keras.layers.Activation(activation))
    model.add(keras.layers.Dropout(dropout))
    model.add(keras.layers.Dense(10, activation="softmax"))
    optimizer = OPTIMIZERS[trial.Choice("optimizer", list(OPTIMIZERS))]
    model.compile(
        optimizer(
            trial.Float("rate", 1e-5, 1.0, sampling="log"),
            weight_decay=trial.Float("weight_decay", 1e-6, 1e-1, sampling="log"),
        ),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def run(seed, trials, epochs, data):
    """(best held-out accuracy after each trial, seconds)."""
    keras.utils.set_random_seed(seed)
    best, began = [], time.perf_counter()

    class Best(keras.callbacks.Callback):
        """Note the best accuracy of each epoch, as `nbkeras.tune` does."""

        def on_train_begin(self, logs=None):
            best.append(0.0)

        def on_epoch_end(self, epoch, logs=None):
            best[-1] = max(best[-1], float(logs["val_accuracy"]))

    with tempfile.TemporaryDirectory() as folder:
        tuner = keras_tuner.BayesianOptimization(
            build,
            objective="val_accuracy",
            max_trials=trials,
            seed=seed,
            directory=folder,
            project_name="digits",
        )
        tuner.search(
            data["x"],
            data["y"],
            validation_data=(data["x_val"], data["y_val"]),
            epochs=epochs,
            verbose=0,
            callbacks=[Best()],
        )
    # Callbacks are copied for each trial; the list is the same one.
    return np.maximum.accumulate(best).tolist(), time.perf_counter() - began


def main():
    """Print one line a seed, and the mean."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--epochs", type=int, default=3)
    options = parser.parse_args()
    data = np.load(options.data)
    found = []
    for seed in range(options.seeds):
        best, seconds = run(seed, options.trials, options.epochs, data)
        found.append(best[-1])
        print(seed, f"{seconds:.0f} s", json.dumps(best), flush=True)
    print(f"mean of {len(found)} seeds: {np.mean(found):.4f}")


if __name__ == "__main__":
    main()
