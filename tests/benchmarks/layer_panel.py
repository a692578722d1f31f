"""What the dashboard's panel of layers and the keeping of epochs cost.

    python tests/benchmarks/layer_panel.py [--seconds 20]

A fit with the panel open, at one look a second, beside the same fit with the panel
closed, in turns; and the share of its time that a fit spends on keeping epochs. Wanted:
below 3 % for the panel, below 5 % for the epochs.
"""

import argparse
import statistics
import time

import numpy as np

import nbkeras
from nbkeras import layers
from nbkeras.models.training.trainer import fit_plan_of
from nbkeras.notebook.dashboard.layer_watch import LayerWatch


def mlp():
    model = nbkeras.Sequential([nbkeras.Input((128,)), layers.Dense(512, "relu")])
    model.add(layers.Dense(1))
    model.compile("adam", "mse")
    x = np.random.default_rng(0).normal(size=(32 * 500, 128)).astype("float32")
    return model, x, x[:, :1]


def cnn():
    model = nbkeras.Sequential([nbkeras.Input((28, 28, 1))])
    model.add(layers.Conv2D(32, 3, activation="relu"))
    model.add(layers.MaxPooling2D())
    model.add(layers.Conv2D(64, 3, activation="relu"))
    model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(10, "softmax"))
    model.compile("adam", "sparse_categorical_crossentropy")
    x = np.random.default_rng(0).random((128 * 20, 28, 28, 1), dtype="float32")
    return model, x, np.arange(len(x)) % 10


def two_heads():
    """Two losses: their gradients on the shared weights are compared in each look."""
    image = layers.Input((28, 28, 1))
    h = layers.Conv2D(32, 3, activation="relu")(image)
    h = layers.MaxPooling2D()(h)
    h = layers.Conv2D(64, 3, activation="relu")(h)
    h = layers.Flatten()(layers.MaxPooling2D()(h))
    digit = layers.Dense(10, activation="softmax", name="digit")(h)
    model = nbkeras.Model(
        image, {"digit": digit, "slant": layers.Dense(1, name="slant")(h)}
    )
    model.compile("adam", {"digit": "sparse_categorical_crossentropy", "slant": "mse"})
    x = np.random.default_rng(0).random((128 * 20, 28, 28, 1), dtype="float32")
    return model, x, {"digit": np.arange(len(x)) % 10, "slant": x.mean((1, 2))}


class Looking(nbkeras.callbacks.Callback):
    """Look once a second, as the open panel does; counts the seconds that it takes."""

    def __init__(self, watch):
        super().__init__()
        self.watch, self.spent_s, self.looks = watch, 0.0, 0

    def on_train_batch_end(self, batch, logs=None):
        began = time.perf_counter()
        self.looks += self.watch.step(batch) is not None
        self.spent_s += time.perf_counter() - began


def measure(make, seconds):
    """Fits in turns with the panel open and closed.

    Returns: {"share": of the looks in the time of the fits, "rate": looks a second,
        "ratio": median time of a fit with the panel over that of its neighbour
        without, "kept": share of keeping epochs, "look_ms": median of a look}.
    """
    model, x, y = make()
    model.fit(x, y, verbose=0)
    watch = LayerWatch(fit_plan_of(x, y), model)
    watch.open(lambda trait: None)
    watch._thread.join()
    assert watch._looker is not None
    assert (watch._gradient_looker is not None) == (model.task_weights is not None)
    began = time.perf_counter()
    shares, rates, kept, ratios, each = [], [], [], [], []
    epochs, order = 5, (True, False)
    while time.perf_counter() - began < seconds:
        took = {}
        order = order[::-1]  # or what a first fit costs more would count for one side
        for watch.is_open in order:
            looking = Looking(watch)
            options = {"callbacks": [looking], "keep_epochs": True, "verbose": 0}
            start = time.perf_counter()
            history = model.fit(x, y, epochs=epochs, **options)
            took[watch.is_open] = time.perf_counter() - start
            kept.append(history.kept._spent_s / took[watch.is_open])
            if watch.is_open:
                shares.append(looking.spent_s / took[True])
                rates.append(looking.looks / took[True])
                each += [1000 * looking.spent_s / looking.looks] * looking.looks
        ratios.append(took[True] / took[False])
        # Long enough for several looks a fit.
        epochs = max(epochs, round(epochs * 4 / took[True]))
    return {
        "share": statistics.mean(shares),
        "rate": statistics.mean(rates),
        "ratio": statistics.median(ratios),
        "kept": statistics.mean(kept),
        "look_ms": statistics.median(each),
    }


def main():
    """Print a line a model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20)
    seconds = parser.parse_args().seconds
    for make in (mlp, cnn, two_heads):
        found = measure(make, seconds)
        print(
            f"{make.__name__}: looks of {found['look_ms']:.0f} ms take "
            f"{found['share']:.2%} of the time ({found['rate']:.2f} a second; wanted "
            f"below 3 %); a fit with the panel over its neighbour without: "
            f"{found['ratio']:.3f}; keeping epochs {found['kept']:.2%} (wanted below 5 %)"
        )


if __name__ == "__main__":
    main()
