"""A fit in the background of the same kernel, as when another cell trains."""

import contextlib
import time
from collections.abc import Iterator

import numpy as np

import nbkeras
from nbkeras import layers

SIZES = ("small", "large")


def small():
    """Digits, 128 rows a step."""
    (x, y), _ = nbkeras.datasets.digits.load()
    return x[..., None], y, 128


def large():
    """Pictures of 150 x 150 pixels, 32 rows a step."""
    x = np.random.default_rng(0).integers(0, 256, (320, 150, 150, 3), dtype="uint8")
    return x, np.arange(320) % 10, 32


def convolutional(shape):
    """A CNN of two convolutions, compiled."""
    model = nbkeras.Sequential([nbkeras.Input(shape), layers.Rescaling(1 / 255)])
    for filters in (32, 64):
        model.add(layers.Conv2D(filters, 3, activation="relu"))
        model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(10, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


@contextlib.contextmanager
def training(size: str = "small") -> Iterator[None]:
    """Train a CNN until the context ends, then print its steps a second.

    Args:
        size: one of `SIZES`.
    """
    x, y, rows = {"small": small, "large": large}[size]()
    model = convolutional(x.shape[1:])
    model.fit(x[: 10 * rows], y[: 10 * rows], batch_size=rows, verbose=0)
    run = model.fit(x, y, batch_size=rows, epochs=10**6, verbose=0, background=True)
    began, taken = time.perf_counter(), int(model.optimizer.iterations)
    try:
        yield
    finally:
        run.stop()
        run.wait()
    steps = int(model.optimizer.iterations) - taken
    print(f"beside it: {steps / (time.perf_counter() - began):.1f} steps a second")


def perhaps(size: str | None) -> contextlib.AbstractContextManager[None]:
    """`training(size)`, or nothing."""
    return training(size) if size else contextlib.nullcontext()
