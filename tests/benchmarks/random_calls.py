"""Random sequences of calls of one model, each checked against a model in NumPy.

    python tests/benchmarks/random_calls.py [--sequences 2000] [--seed 0] [--minutes M]

A sequence makes a small model and calls 12 methods of it in random order: training on
batches and with fit, predicting, evaluating, setting weights, saving and loading in each
format, cloning, freezing, compiling anew, bad arguments. A second model, written in
NumPy from the formulas of dense layers, mean squared error and gradient descent, goes
the same way. After each call weights, predictions and losses must agree to 1e-4, and a
refused call must have changed nothing. What differs is printed with the seed that
repeats it. The exit code is 1 if anything differs.
"""

import argparse
import random
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

import nbkeras
from nbkeras import layers, optimizers

CALLS = 12
TOLERANCE = 1e-4


class NumpyModel:
    """Two dense layers, tanh and linear, trained by plain gradient descent."""

    def __init__(self, weights, rate):
        self.weights = [np.float64(weight) for weight in weights]
        self.rate, self.trained = rate, (True, True)

    def predict(self, x):
        k1, b1, k2, b2 = self.weights
        return np.tanh(x @ k1 + b1) @ k2 + b2

    def loss(self, x, y):
        return float(np.mean((self.predict(x) - y) ** 2))

    def step(self, x, y):
        """One step of gradient descent; returns the loss before it."""
        k1, b1, k2, b2 = self.weights
        hidden = np.tanh(x @ k1 + b1)
        error = 2 * (hidden @ k2 + b2 - y) / y.size
        behind = error @ k2.T * (1 - hidden**2)
        gradients = [x.T @ behind, behind.sum(0), hidden.T @ error, error.sum(0)]
        before = self.loss(x, y)
        open_ = [self.trained[0]] * 2 + [self.trained[1]] * 2
        self.weights = [
            weight - self.rate * gradient * trains
            for weight, gradient, trains in zip(
                self.weights, gradients, open_, strict=True
            )
        ]
        return before


class Sequence:
    """One sequence of calls, all drawn from `seed`."""

    def __init__(self, seed, folder):
        self.draw, self.folder = random.Random(seed), folder
        self.numbers = np.random.default_rng(seed)
        self.calls = []
        # Few shapes, so that compiled steps are found again.
        self.model = nbkeras.Sequential(
            [
                layers.Input((3,)),
                layers.Dense(4, "tanh", name="first"),
                layers.Dense(2, name="second"),
            ]
        )
        self.rate = self.draw.choice([0.01, 0.1])
        self.compile()
        self.twin = NumpyModel(self.model.get_weights(), self.rate)

    def run(self):
        """Make all calls; raises AssertionError where the two part."""
        kinds = [getattr(self, name) for name in dir(self) if name.startswith("call_")]
        for _ in range(CALLS):
            call = self.draw.choice(kinds)
            self.calls.append(call.__name__.removeprefix("call_"))
            call()
            self.compare()

    def compile(self):
        self.model.compile(optimizers.SGD(self.rate), "mse")

    def compare(self):
        for mine, theirs in zip(
            self.model.get_weights(), self.twin.weights, strict=True
        ):
            near(mine, theirs, "weights")

    def data(self, rows=8):
        x = self.numbers.normal(size=(rows, 3)).astype("float32")
        return x, self.numbers.normal(size=(rows, 2)).astype("float32")

    def call_train_on_batch(self):
        x, y = self.data()
        near(self.model.train_on_batch(x, y), self.twin.step(x, y), "loss")

    def call_fit(self):
        x, y = self.data(16)
        self.model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
        for _ in range(2):
            for start in (0, 8):
                self.twin.step(x[start : start + 8], y[start : start + 8])

    def call_fit_in_the_background(self):
        x, y = self.data()
        how = {"batch_size": 8, "shuffle": False, "verbose": 0, "background": True}
        self.model.fit(x, y, **how).wait(120)
        self.twin.step(x, y)

    def call_predict(self):
        x, _ = self.data()
        near(self.model.predict(x, verbose=0), self.twin.predict(x), "predictions")

    def call_evaluate(self):
        x, y = self.data()
        near(self.model.evaluate(x, y, verbose=0), self.twin.loss(x, y), "loss")

    def call_set_weights(self):
        values = [
            self.numbers.normal(size=weight.shape).astype("float32") / 2
            for weight in self.model.get_weights()
        ]
        self.model.set_weights(values)
        self.twin.weights = [np.float64(value) for value in values]

    def call_save_and_load(self):
        path = self.folder / f"model{self.draw.choice(['.keras', '.h5'])}"
        self.model.save(path)
        self.model = nbkeras.models.load_model(path)
        # Which layers are frozen counts from the next compile on, as in Keras.
        self.compile()

    def call_save_and_load_weights(self):
        path = self.folder / "model.weights.h5"
        self.model.save_weights(path)
        saved = list(self.twin.weights)
        self.call_train_on_batch()
        self.model.load_weights(path)
        self.twin.weights = saved

    def call_clone(self):
        weights = self.model.get_weights()
        self.model = nbkeras.models.clone_model(self.model)
        self.model.set_weights(weights)
        self.compile()

    def call_freeze(self):
        trains = self.draw.choice([True, False])
        self.model.get_layer("first").trainable = trains
        self.compile()
        self.twin.trained = (trains, True)

    def call_change_the_rate(self):
        self.rate = self.draw.choice([0.01, 0.05, 0.1])
        self.model.optimizer.learning_rate = self.rate
        self.twin.rate = self.rate

    def call_wrongly(self):
        x, y = self.data()
        wrong = self.draw.choice(
            [
                lambda: self.model.fit(x, y[:5], verbose=0),
                lambda: self.model.fit(x[:, :2], y, verbose=0),
                lambda: self.model.predict(np.zeros((0, 3), "float32"), verbose=0),
                lambda: self.model.set_weights(self.model.get_weights()[:2]),
                lambda: self.model.load_weights(self.folder / "absent.weights.h5"),
                lambda: self.model.train_on_batch(x.astype(str), y),
                lambda: self.model.get_layer("absent"),
            ]
        )
        try:
            wrong()
        except (ValueError, TypeError, OSError):
            return
        raise AssertionError("a wrong call was not refused")


def near(mine, theirs, what):
    mine, theirs = np.asarray(mine, np.float64), np.asarray(theirs, np.float64)
    scale = max(1.0, float(np.abs(theirs).max(initial=0)))
    if mine.shape != theirs.shape or np.abs(mine - theirs).max() > TOLERANCE * scale:
        raise AssertionError(f"{what} differ: {mine.ravel()[:3]}, {theirs.ravel()[:3]}")


def main():
    """Run the sequences and print how many agreed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sequences", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    end = time.monotonic() + 60 * arguments.minutes
    agreed, differed = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(arguments.seed, arguments.seed + arguments.sequences):
            if time.monotonic() > end:
                break
            sequence = Sequence(seed, Path(folder))
            try:
                sequence.run()
                agreed += 1
            except Exception as error:
                differed += 1
                steps = ", ".join(sequence.calls)
                print(f"seed {seed}: {type(error).__name__}: {error}\n    {steps}")
            if (agreed + differed) % 50 == 0:
                print(f"{agreed} agreed, {differed} differed", flush=True)
    print(f"{agreed} sequences agreed, {differed} differed")
    return bool(differed)


if __name__ == "__main__":
    sys.exit(main())
