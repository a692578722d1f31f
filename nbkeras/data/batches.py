"""One protocol for all data: an epoch is an iterator of `Batch`."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core import rng
from nbkeras.core.machine import buffers

# Small batches are gathered together, up to this many bytes: a NumPy call takes longer
# than copying the rows of a small batch.
GATHERED_BYTES = 1 << 18


class Batch(NamedTuple):
    """Some rows of the data.

    Args:
        x: array, or a tuple, list or dict of arrays; the rows are axis 0.
        y: the targets in the same forms, or None.
        weight: None, or an array (rows, ...) of non-negative floats.
        rows: how many rows are real; more than that in `x` are padding.
    """

    x: Any
    y: Any = None
    weight: Any = None
    rows: int = 0


class Batches:
    """Protocol of training data: `epoch(k)` iterates over the batches of epoch k.

    `num_batches` is an int, or None while nobody knows; `batch_size` likewise.
    `rereadable` says that an iterator may be given up at any moment, since an epoch
    can be asked for again; a user's generator cannot. Epochs may be asked for in any
    order; the same epoch gives the same batches where the source allows it.
    """

    num_batches = None
    batch_size = None
    endless = False
    rereadable = True

    def reseed(self, seed: int) -> None:
        """Use `seed` for random draws from now on, unless a seed was given."""

    def epoch(self, epoch: int) -> Iterator[Batch]:
        """Iterator of `Batch` for epoch number `epoch`, counted from 0."""
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
        x: array or tree of arrays; y, weight likewise or None.
        batch_size: rows of a batch.
        shuffle: True for a new order of all rows each epoch, "batch" for a new order
            of whole batches (neighbours stay together, the short one stays last).
        seed: with the number of the epoch it decides the order.
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
        """The batches of epoch `epoch` from number `start` on."""
        size, order = self.batch_size, self._order(epoch)
        if self.shuffle is True:
            yield from self._drawn(order, start)
            return
        for number in range(start, self.num_batches):
            low = size * (order[number] if order else number)
            high = min(low + size, self.rows)
            parts = jax.tree.map(lambda a, at=slice(low, high): take(a, at), self.data)
            yield Batch(*parts, rows=high - low)

    def _drawn(self, order, start):
        """Shuffled batches from `start` on; small ones are gathered together."""
        size, end = self.batch_size, self.rows
        step = size * self._at_once()
        for first in range(size * start, end, step):
            last = min(first + step, end)
            rows = jax.tree.map(lambda a, at=order[first:last]: take(a, at), self.data)
            if step == size:
                yield Batch(*rows, rows=last - first)
                continue
            for low in range(0, last - first, size):
                part = slice(low, min(low + size, last - first))
                parts = jax.tree.map(lambda a, at=part: a[at], rows)
                yield Batch(*parts, rows=part.stop - part.start)

    def _at_once(self):
        """How many batches are gathered together."""
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
        draw = rng.generator(self.seed, "shuffle", epoch)
        if self.shuffle is True:
            return draw.permutation(self.rows)
        full = self.rows // self.batch_size
        order = draw.permutation(full).tolist()
        return order + list(range(full, self.num_batches))


class LazyRows:
    """Rows that are converted to a dense array only when they are read.

    Args:
        source: a SciPy sparse matrix in CSR form or a memory-mapped array.
        dtype: of the arrays that `take` gives.
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
        """The rows at `index`, a slice or an array of integers, as one array."""
        rows = self.source[index]
        rows = rows.toarray() if hasattr(rows, "toarray") else rows
        return np.asarray(rows, self.dtype)


def take(leaf: Any, index: Any) -> Any:
    """Rows of one array; `index` is a slice or an array of row numbers."""
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
    """Fill `batch` up to `size` rows, so that every step sees one shape.

    The last row is repeated: its values are finite, and whoever counts rows leaves
    them out by `valid`.

    Args:
        batch: a `Batch` of at most `size` rows.
        size: rows after padding.

    Returns:
        (Batch, valid): `valid` is float32 (size,), 1 for real rows, 0 for padding;
        `rows` of the batch stays the number of real rows.

    Raises:
        ValueError: the batch has more rows than `size`, or none.
    """
    rows = batch.rows
    if not 0 < rows <= size:
        raise ValueError(
            f"A batch of {rows} rows cannot be padded to {size}. Give batches of at "
            f"least 1 and at most {size} rows."
        )
    valid = np.ones(size, np.float32)
    if rows == size:
        return batch, valid
    valid[rows:] = 0

    def fill(leaf):
        kind = np if isinstance(leaf, np.ndarray) else jnp
        return kind.concatenate([leaf, kind.repeat(leaf[-1:], size - rows, axis=0)])

    return Batch(*jax.tree.map(fill, tuple(batch[:3])), rows=rows), valid


def is_batches(value: Any) -> bool:
    """Whether `value` implements the protocol of `Batches`."""
    return callable(getattr(value, "epoch", None)) and hasattr(value, "num_batches")


def first(batches: Any) -> Batch | None:
    """The first batch of anything that implements `Batches`; None if there is none."""
    peek = getattr(batches, "peek", None)
    return peek() if peek else _first_of(batches)


def _first_of(batches):
    iterator = iter(batches.epoch(0))
    try:
        return next(iterator, None)
    finally:
        close(iterator)


def reseed(batches: Any, seed: int) -> None:
    """Seed the random draws of `batches`, where it supports that."""
    tell = getattr(batches, "reseed", None)
    if tell:
        tell(seed)


def close(iterator: Any) -> None:
    """Close a generator or anything else that can be closed."""
    stop = getattr(iterator, "close", None)
    if stop:
        stop()
