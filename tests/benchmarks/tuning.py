"""What `nbkeras.tune` finds on the digits, beside a random search of equal budget.

    python tests/benchmarks/tuning.py [--seeds 10] [--trials 30] [--epochs 3]

Both searches share everything but the suggestions: the model and its ranges, the data,
the pruning, the seeds of weights and batches, the number of trials. Time does not
matter. Printed are the best held-out accuracy of each seed and method after some of the
trials, on how many seeds `tune` is ahead, and the accuracy on test digits of the best
model.
"""

import argparse
import json
import tempfile

import numpy as np
import optuna

import nbkeras
from nbkeras import layers
from nbkeras.analysis.tune import studies
from nbkeras.analysis.tune.search import search

TRAIN, HELD_OUT = 1000, 1000
OPTIMIZERS = {
    "sgd": nbkeras.optimizers.SGD,
    "adam": nbkeras.optimizers.Adam,
    "rmsprop": nbkeras.optimizers.RMSprop,
}


def build(trial):
    """A network of dense layers with seven hyperparameters."""
    activation = trial.suggest_categorical("activation", ["relu", "tanh", "sigmoid"])
    dropout = trial.suggest_float("dropout", 0.0, 0.8)
    model = nbkeras.Sequential([nbkeras.Input((28, 28)), layers.Flatten()])
    for _ in range(trial.suggest_int("hidden", 1, 3)):
        model.add(layers.Dense(trial.suggest_int("units", 8, 128, log=True)))
        model.add(layers.Activation(activation))
    model.add(layers.Dropout(dropout))
    model.add(layers.Dense(10, activation="softmax"))
    optimizer = OPTIMIZERS[trial.suggest_categorical("optimizer", list(OPTIMIZERS))]
    model.compile(
        optimizer(
            trial.suggest_float("rate", 1e-5, 1.0, log=True),
            weight_decay=trial.suggest_float("weight_decay", 1e-6, 1e-1, log=True),
        ),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def digits():
    """((x, y) to train, to hold out, and to test), each pixel from 0 to 1."""
    (x, y), (x_test, y_test) = nbkeras.datasets.digits.load()
    x, x_test = x.astype("float32") / 255, x_test.astype("float32") / 255
    end = TRAIN + HELD_OUT
    return (x[:TRAIN], y[:TRAIN]), (x[TRAIN:end], y[TRAIN:end]), (x_test, y_test)


def run(method, seed, trials, epochs):
    """{"best": best held-out accuracy after each trial, "test": ..., "epochs": ...}."""
    train, held_out, test = digits()
    open_study = studies.open_study

    def open_random(*arguments):
        study = open_study(*arguments)
        study.sampler = optuna.samplers.RandomSampler(seed=seed)
        return study

    studies.open_study = open_study if method == "tune" else open_random
    try:
        with tempfile.TemporaryDirectory() as folder:
            tuning = search(
                build,
                train,
                validation_data=held_out,
                seconds=None,
                trials=trials,
                epochs=epochs,
                seed=seed,
                name=method,
                folder=folder,
            )
            accuracy = tuning.best_model.evaluate(*test, verbose=0)[1]
    finally:
        studies.open_study = open_study
    values = [trial.value or 0.0 for trial in tuning.trials]
    return {
        "best": np.maximum.accumulate(values).tolist(),
        "test": float(accuracy),
        "epochs": sum(len(trial.values) for trial in tuning.trials),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--save", metavar="FILE", help="write the digits, and end")
    options = parser.parse_args()
    if options.save:
        (x, y), (x_val, y_val), _ = digits()
        np.savez(options.save, x=x, y=y, x_val=x_val, y_val=y_val)
        return
    results = {"tune": [], "random": []}
    for seed in range(options.seeds):
        for method, found in results.items():
            found.append(run(method, seed, options.trials, options.epochs))
            print(method, seed, json.dumps(found[-1]), flush=True)
    for count in sorted({n for n in (10, 20) if n < options.trials} | {options.trials}):
        best = {
            method: np.array([one["best"][count - 1] for one in found])
            for method, found in results.items()
        }
        difference = best["tune"] - best["random"]
        print(
            f"after {count} trials: tune {best['tune'].mean():.4f}, random "
            f"{best['random'].mean():.4f}; tune is ahead on {(difference > 0).sum()}, "
            f"equal on {(difference == 0).sum()} of {len(difference)} seeds"
        )
    for method, found in results.items():
        test, epochs = (
            np.mean([one[key] for one in found]) for key in ("test", "epochs")
        )
        print(f"{method}: {test:.4f} on test digits, {epochs:.0f} epochs a search")


if __name__ == "__main__":
    main()
