"""Data that several exercises share: digits in a small size, and splits."""

from __future__ import annotations

import functools

import numpy as np

from nbkeras.analysis.exercises.submission import Data
from nbkeras.datasets import digits


@functools.cache
def small_digits() -> tuple[np.ndarray, np.ndarray]:
    """All 5,000 digits as float32 (5000, 14, 14, 1) from 0 to 1, and labels (5000,)."""
    (x, y), (x_test, y_test) = digits.load()
    images = np.concatenate([x, x_test]).astype(np.float32) / 255
    blocks = images.reshape(-1, 14, 2, 14, 2, 1)
    small = blocks.mean(axis=(2, 4), dtype=np.float32)
    labels = np.concatenate([y, y_test]).astype(np.int64)
    for array in (small, labels):
        array.setflags(write=False)
    return small, labels


def digit_split(rng: np.random.Generator, num_train: int, num_held_out: int) -> Data:
    """Digits of one student: x and y to train on, and others that are held out."""
    x, y = small_digits()
    rows = rng.permutation(len(x))
    train, held_out = np.split(rows[: num_train + num_held_out], [num_train])
    return Data({"x": x[train], "y": y[train]}, {"x": x[held_out], "y": y[held_out]})


def split(x: np.ndarray, y: np.ndarray, num_train: int) -> Data:
    """The first rows to train on, and the rest held out; x as float32."""
    x = np.asarray(x, np.float32)
    return Data(
        {"x": x[:num_train], "y": y[:num_train]},
        {"x": x[num_train:], "y": y[num_train:]},
    )
