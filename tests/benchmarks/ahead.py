"""What compiling ahead gives the next fit, and what it costs the cell before it.

    python tests/benchmarks/ahead.py [rounds]

A model is made, the reader's next cell works for a while, then `fit` begins: with the
step compiled on a thread meanwhile and without, by turns, nothing kept on disk. Printed
are medians: how long that cell took, and how long `fit` took to its first step.
"""

import os
import statistics
import sys
import time

os.environ["NBKERAS_COMPILE_CACHE"] = "0"

import numpy as np

import nbkeras
from nbkeras import layers

SHAPE, ROWS = (150, 150, 3), 32


def python_cell():
    """Count words as a learner's cell might: Python alone."""
    counts = {}
    for i in range(6_000_000):
        counts[i % 1000] = counts.get(i % 1000, 0) + 1


def numpy_cell():
    """Scale pictures, a batch at a time."""
    rng = np.random.default_rng(0)
    for _ in range(40):
        (rng.random((ROWS, *SHAPE), dtype=np.float32) * 255).astype("uint8")


def made(width):
    """The tutorial's CNN; each `width` is a step that was never compiled before."""
    model = nbkeras.Sequential([nbkeras.Input(SHAPE)])
    for filters in (32, 64):
        model.add(layers.Conv2D(filters, 3, activation="relu"))
        model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(width, activation="relu"))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def measure(cell, ahead, width):
    """(seconds of the cell, seconds from the call of fit to its first step)."""
    model = made(width)
    x = np.zeros((ROWS, *SHAPE), np.float32)
    y = np.zeros(ROWS, np.int32)
    begun = time.perf_counter()
    if ahead:
        model.compile_ahead()
    cell()
    worked = time.perf_counter()
    model.fit(x, y, epochs=1, batch_size=ROWS, verbose=0)
    return worked - begun, time.perf_counter() - worked


def main(rounds):
    """Print the table."""
    width = iter(range(16, 10_000))
    for cell in (python_cell, numpy_cell):
        runs = {True: [], False: []}
        measure(cell, True, next(width))  # what is compiled once for all models
        for _ in range(rounds):
            for ahead, taken in runs.items():
                taken.append(measure(cell, ahead, next(width)))
        for ahead, taken in runs.items():
            cells, fits = (statistics.median(each) for each in zip(*taken, strict=True))
            how = "compiled ahead" if ahead else "compiled by fit"
            print(f"{cell.__name__:12} {how:16} cell {cells:5.2f} s  fit {fits:5.2f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
