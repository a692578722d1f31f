"""LSTM and GRU beside Keras on JAX, TensorFlow and PyTorch, in one run.

    python tests/benchmarks/recurrent.py [--quick]

Each side runs in a process of its own, in turns, several times: what counts is the
least time of a step, and the ratio within the same run. A side that is not installed
is left out. A network: the recurrent layer of 64 units on 32 features, then Dense(1).
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import time

UNITS, FEATURES, BATCH, ROUNDS = 64, 32, 32, 3
CASES = [
    ("LSTM", 20, {}),
    ("GRU", 20, {}),
    ("LSTM", 100, {}),
    ("GRU", 100, {}),
    ("LSTM", 100, {"return_sequences": True}),
    ("LSTM", 100, {"masked": True}),
]
SIDES = {
    "nbkeras": ("nbkeras", {}),
    "Keras on JAX": ("keras", {"KERAS_BACKEND": "jax"}),
    "Keras on TensorFlow": ("keras", {"KERAS_BACKEND": "tensorflow"}),
    "Keras on PyTorch": ("keras", {"KERAS_BACKEND": "torch"}),
}
NEEDED = {"Keras on TensorFlow": "tensorflow", "Keras on PyTorch": "torch"}


def one_side(module, steps_of_fit):
    """Milliseconds a step of `fit` and of `predict` for each case, as JSON."""
    import numpy as np

    library = importlib.import_module(module)
    layers, found = library.layers, []
    for name, steps, settings in CASES:
        settings = dict(settings)
        stack = [layers.Input((steps, FEATURES))]
        if settings.pop("masked", False):
            stack.append(layers.Masking())
        stack += [getattr(layers, name)(UNITS, **settings), layers.Dense(1)]
        model = library.Sequential(stack)
        model.compile("adam", "mse")
        rng = np.random.default_rng(0)
        rows = BATCH * steps_of_fit
        x = rng.normal(size=(rows, steps, FEATURES)).astype("float32")
        y = np.zeros((rows, *model.output_shape[1:]), "float32")
        run = {"batch_size": BATCH, "verbose": 0}
        model.fit(x, y, **run)
        model.predict(x, **run)
        begin = time.perf_counter()
        model.fit(x, y, epochs=2, **run)
        middle = time.perf_counter()
        model.predict(x, **run)
        end = time.perf_counter()
        trained = (middle - begin) / steps_of_fit / 2
        found.append((trained * 1e3, (end - middle) / steps_of_fit * 1e3))
    print(json.dumps(found))


def measured(side, steps_of_fit):
    """What a process of `side` found."""
    module, variables = SIDES[side]
    command = [sys.executable, __file__, "--side", module, "--steps", str(steps_of_fit)]
    out = subprocess.run(
        command,
        env={**os.environ, **variables, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(out.stdout.splitlines()[-1])


def main(rounds, steps_of_fit):
    """Measure all sides in turns and print least times and ratios."""
    sides = [
        side
        for side in SIDES
        if side not in NEEDED or importlib.util.find_spec(NEEDED[side])
    ]
    found = {side: [] for side in sides}
    for _ in range(rounds):
        for side in sides:
            found[side].append(measured(side, steps_of_fit))
    print(f"least of {rounds} runs, ms a step of {BATCH} rows (ratio to nbkeras)")
    for i, (name, steps, settings) in enumerate(CASES):
        told = "".join(f", {setting}" for setting in settings)
        for j, task in enumerate(("fit", "predict")):
            least = {s: min(run[i][j] for run in found[s]) for s in sides}
            row = "  ".join(
                f"{s} {ms:.2f} ({ms / least['nbkeras']:.2f})" for s, ms in least.items()
            )
            print(f"{name}({UNITS}) {steps} steps{told}, {task}: {row}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    if given.side:
        one_side(given.side, given.steps)
    else:
        main(1 if given.quick else ROUNDS, 20 if given.quick else given.steps)
