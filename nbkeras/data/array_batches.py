"""`ArrayBatches`: arrays cut into batches, their rows shuffled anew each epoch."""

import math
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core import rng
from nbkeras.core.machine import buffers
from nbkeras.data.batches import Batch, Batches

# Shuffled small batches are gathered together, up to this many bytes: one NumPy call
# takes longer than copying the rows of a small batch.
GATHERED_BYTES = 1 << 18


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

    def keep_on_device(self, most_bytes: int) -> bool:
        """Copy the arrays to the device, where batches are gathered from then on.

        Args:
            most_bytes: data that takes more stays in host memory.

        Returns:
            Whether the data is on the device now; text, sparse and memory-mapped data
            is not copied.
        """
        leaves = jax.tree.leaves(self.data)
        is_plain = all(type(a) is np.ndarray and a.dtype.kind in "biuf" for a in leaves)
        if not is_plain or sum(a.nbytes for a in leaves) > most_bytes:
            return False
        self.data = jax.device_put(self.data)
        return True

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


def free_device_bytes(device: Any = None) -> int | None:
    """Bytes that may still be allocated on a device; None if that is host memory.

    Args:
        device: a JAX device; None for the first one.
    """
    device = jax.local_devices()[0] if device is None else device
    stats = device.memory_stats() if device.platform != "cpu" else None
    if not stats or "bytes_limit" not in stats:
        return None
    return max(stats["bytes_limit"] - stats.get("bytes_in_use", 0), 0)


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
    return jnp.take(leaf, index, axis=0, mode="clip")


def rows_of(tree: Any) -> int:
    """Number of rows of the first array in `tree`; 0 if there is none."""
    leaves = jax.tree.leaves(tree)
    return int(leaves[0].shape[0]) if leaves else 0
