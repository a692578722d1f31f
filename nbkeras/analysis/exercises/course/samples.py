"""Data that several exercises share: digits in a small size, and splits."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

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


def rows(
    num_rows: int,
    rng: np.random.Generator,
    held_out_rng: np.random.Generator,
    num_train: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers to train on, and the others, in an order of `held_out_rng`."""
    train, rest = np.split(rng.permutation(num_rows), [num_train])
    return train, held_out_rng.permutation(rest)


def digit_parts(
    rng: np.random.Generator,
    held_out_rng: np.random.Generator,
    num_train: int,
    num_held_out: int,
) -> Data:
    """Digits of one student: x and y to train on, and others that are held out."""
    x, y = small_digits()
    train, rest = rows(len(x), rng, held_out_rng, num_train)
    held_out = rest[:num_held_out]
    return parts((x[train], y[train]), (x[held_out], y[held_out]))


def alike(
    drawn: Callable[[np.random.Generator], dict[str, Any]],
) -> Callable[[np.random.Generator, np.random.Generator], Data]:
    """A function that draws the student's values and the held-out ones alike.

    Args:
        drawn: {name: value} from a random generator.
    """

    def data(rng, held_out_rng):
        return Data(drawn(rng), drawn(held_out_rng))

    return data


def parts(
    train: tuple[np.ndarray, np.ndarray], held_out: tuple[np.ndarray, np.ndarray]
) -> Data:
    """Data of (x, y) to train on and (x, y) held out; x as float32."""
    variables, unseen = (
        {"x": np.asarray(x, np.float32), "y": y} for x, y in (train, held_out)
    )
    return Data(variables, unseen)
