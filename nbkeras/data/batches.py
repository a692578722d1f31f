"""`Batches`, the protocol of training data: an epoch is an iterator of `Batch`."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np


class Batch(NamedTuple):
    """One batch of inputs, targets and sample weights.

    Args:
        x: an array (rows, ...), or a tuple, list or dict of arrays.
        y: targets in the same forms, or None.
        weight: sample weights (rows, ...), non-negative floats, or None.
        rows: number of valid rows; further rows of `x` are padding.
    """

    x: Any
    y: Any = None
    weight: Any = None
    rows: int = 0


class Batches:
    """Protocol of training data: `epoch(k)` iterates over the batches of epoch k.

    `num_batches` and `batch_size` are ints, or None if unknown. `rereadable` is True if
    an epoch can be read again, so that an iterator may be abandoned midway; False for a
    user's generator. Epochs may be read in any order; the same epoch has the same
    batches if the source allows it. With `random_sizes`, each example is in each batch
    by chance: `batch_size` is the room of a batch, which is always padded.
    """

    num_batches = None
    batch_size = None
    endless = False
    rereadable = True
    random_sizes = False

    def reseed(self, seed: int) -> None:
        """Use `seed` for shuffling from now on, unless the user chose a seed."""

    def epoch(self, epoch: int) -> Iterator[Batch]:
        """Iterate over the `Batch`es of epoch `epoch`, counted from 0."""
        raise TypeError(
            f"{type(self).__name__} has no `epoch`. Write a generator method "
            "`def epoch(self, epoch): yield Batch(x, y, None, len(x))`."
        )

    def peek(self) -> Batch | None:
        """The first batch, without consuming it; None if there is none."""
        return _first_of(self)

    def close(self) -> None:
        """Release files and threads; the batches can be read again."""


def pad(batch: Batch, size: int) -> tuple[Batch, np.ndarray]:
    """Pad `batch` to `size` rows, so that all steps have the same shapes.

    Padding repeats the last row, whose values are finite; `valid` excludes it from
    losses and metrics.

    Args:
        batch: a `Batch` of at most `size` rows.
        size: rows after padding.

    Returns:
        (batch, valid): `valid` is float32 (size,), 1 for the rows of `batch` and 0 for
        padding; the batch's `rows` does not change.

    Raises:
        ValueError: the batch has more rows than `size`, or none.
    """
    rows = batch.rows
    taken = jax.tree.leaves(batch.x)[0].shape[0]  # one row of padding without any
    if not 0 < taken <= size:
        raise ValueError(
            f"A batch of {rows} rows cannot be padded to {size}. Give batches of at "
            f"least 1 and at most {size} rows."
        )
    valid = np.ones(size, np.float32)
    if rows == size:
        return batch, valid
    valid[rows:] = 0

    def fill(leaf):
        xp = np if isinstance(leaf, np.ndarray) else jnp
        missing = size - len(leaf)
        return xp.concatenate([leaf, xp.repeat(leaf[-1:], missing, axis=0)])

    return Batch(*jax.tree.map(fill, tuple(batch[:3])), rows=rows), valid


def is_batches(value: Any) -> bool:
    """Whether `value` implements the protocol of `Batches`."""
    return callable(getattr(value, "epoch", None)) and hasattr(value, "num_batches")


def has_random_sizes(batches: Any) -> bool:
    """Whether the sizes of batches are random, so that each is padded."""
    return getattr(batches, "random_sizes", False)


def first(batches: Any) -> Batch | None:
    """The first batch of an object that implements `Batches`; None if it has none."""
    peek = getattr(batches, "peek", None)
    return peek() if peek else _first_of(batches)


def _first_of(batches):
    iterator = iter(batches.epoch(0))
    try:
        return next(iterator, None)
    finally:
        close(iterator)


def reseed(batches: Any, seed: int) -> None:
    """Seed the shuffling of `batches`, if it supports that."""
    method = getattr(batches, "reseed", None)
    if method:
        method(seed)


def close(iterator: Any) -> None:
    """Call `iterator.close()` if there is such a method, as generators have."""
    method = getattr(iterator, "close", None)
    if method:
        method()
