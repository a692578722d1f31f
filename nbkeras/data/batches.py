"""`Batches`, the protocol of training data: an epoch is an iterator of `Batch`."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core import rng
from nbkeras.core.machine import buffers

# Shuffled small batches are gathered together, up to this many bytes: one NumPy call
# takes longer than copying the rows of a small batch.
GATHERED_BYTES = 1 << 18


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
    batches if the source allows it.
    """

    num_batches = None
    batch_size = None
    endless = False
    rereadable = True

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


class ArrayBatches(Batches):
    """Batches cut from arrays of equal length; the last one may be shorter.

    Args:
        x: inputs, an array (rows, ...) or a tree of arrays.
        y: targets likewise, or None.
        weight: sample weights likewise, or None.
        batch_size: rows per batch.
        shuffle: True for a new order of all rows each epoch, "batch" for a new order
            of whole batches (their rows stay together; a short batch stays last).
        seed: together with the epoch it determines the order.
    """

    def __init__(
        self,
        x: Any,
        y: Any = None,
        weight: Any = None,
        *,
        batch_size: int = 32,
        shuffle: Any = False,
        seed: int = 0,
    ) -> None:
        self.data = (x, y, weight)
        self.rows = rows_of(self.data)
        self.batch_size = batch_size
        self.num_batches = math.ceil(self.rows / batch_size)
        self.shuffle = shuffle
        self.seed = seed

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """The batches of epoch `epoch`, from batch `start` on."""
        size, order = self.batch_size, self._order(epoch)
        if self.shuffle is True:
            yield from self._gathered(order, start)
            return
        for index in range(start, self.num_batches):
            low = size * (order[index] if order else index)
            rows = slice(low, min(low + size, self.rows))
            parts = jax.tree.map(lambda leaf, rows=rows: take(leaf, rows), self.data)
            yield Batch(*parts, rows=rows.stop - rows.start)

    def _gathered(self, order, start):
        """Shuffled batches from `start` on; small ones are gathered together."""
        size, end = self.batch_size, self.rows
        step = size * self._batches_per_gather()
        for first in range(size * start, end, step):
            last = min(first + step, end)
            indices = order[first:last]
            block = jax.tree.map(lambda leaf, at=indices: take(leaf, at), self.data)
            if step == size:
                yield Batch(*block, rows=last - first)
                continue
            for low in range(0, last - first, size):
                rows = slice(low, min(low + size, last - first))
                parts = jax.tree.map(lambda leaf, rows=rows: leaf[rows], block)
                yield Batch(*parts, rows=rows.stop - rows.start)

    def _batches_per_gather(self):
        """Number of batches that one gather reads."""
        leaves = jax.tree.leaves(self.data)
        if not all(isinstance(leaf, np.ndarray) for leaf in leaves):
            return 1
        batch_bytes = sum(leaf.nbytes // len(leaf) for leaf in leaves) * self.batch_size
        return max(GATHERED_BYTES // max(batch_bytes, 1), 1)

    def reseed(self, seed: int) -> None:
        """Use `seed` for the order of rows."""
        self.seed = seed

    def _order(self, epoch):
        if not self.shuffle:
            return None
        generator = rng.generator(self.seed, "shuffle", epoch)
        if self.shuffle is True:
            return generator.permutation(self.rows)
        num_full = self.rows // self.batch_size
        order = generator.permutation(num_full).tolist()
        return order + list(range(num_full, self.num_batches))


class LazyRows:
    """Rows that are converted to a dense array when they are read.

    Args:
        source: a SciPy sparse matrix in CSR format, or a memory-mapped array.
        dtype: dtype of the arrays that `take` returns.
    """

    def __init__(self, source: Any, dtype: Any) -> None:
        self.source = source
        self.dtype = np.dtype(dtype)
        self.shape = tuple(source.shape)
        self.ndim = len(self.shape)

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, index):
        return LazyRows(self.source[index], self.dtype)

    def take(self, index: Any) -> np.ndarray:
        """The rows at `index`, a slice or an array of integers, as a dense array."""
        rows = self.source[index]
        rows = rows.toarray() if hasattr(rows, "toarray") else rows
        return np.asarray(rows, self.dtype)


def take(leaf: Any, index: Any) -> Any:
    """The rows of one array at `index`, a slice or an array of row numbers."""
    if isinstance(leaf, LazyRows):
        return leaf.take(index)
    if isinstance(index, slice):
        if isinstance(leaf, np.ndarray):
            return leaf[index]
        index = np.arange(index.start, index.stop)
    if isinstance(leaf, np.ndarray) and not leaf.dtype.hasobject:
        out = buffers.empty((len(index), *leaf.shape[1:]), leaf.dtype)
        # With mode "raise" NumPy would fill a temporary buffer first.
        return np.take(leaf, index, axis=0, out=out, mode="clip")
    if isinstance(leaf, np.ndarray):
        return np.take(leaf, index, axis=0)
    # A gather compiles once per batch size; a static slice would compile each time.
    return jnp.take(leaf, index, axis=0)


def rows_of(tree: Any) -> int:
    """Number of rows of the first array in `tree`; 0 if there is none."""
    leaves = jax.tree.leaves(tree)
    return int(leaves[0].shape[0]) if leaves else 0


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
    if not 0 < rows_of(batch.x) <= size:
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
