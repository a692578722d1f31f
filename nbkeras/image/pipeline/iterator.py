"""Base class of the image iterators: endless shuffled batches of indexed samples.

The order of an epoch depends only on the seed and the epoch; the augmentation of a
sample only on the seed, the epoch and the index of the sample. So the batches depend
neither on the threads nor on the batch at which reading started.
"""

import contextlib
import itertools
import threading
from collections.abc import Generator
from typing import Any

import jax
import numpy as np

from nbkeras.core import check
from nbkeras.core import rng as seeds
from nbkeras.data import prefetch
from nbkeras.data.array_batches import rows_of
from nbkeras.data.batches import Batch, Batches
from nbkeras.image.annotations import Subset
from nbkeras.image.transform import batch_transforms


class Iterator(Batches):
    """Endless batches by `next()`, single batches by `[i]`, one epoch by `epoch()`.

    A subclass defines `_get_batches_of_transformed_samples(index_array)`, which returns
    x, (x, y) or (x, y, sample_weight).

    Args:
        n: number of samples.
        batch_size: samples per batch; the last batch of an epoch may be smaller.
        shuffle: whether each epoch has a new order.
        seed: an integer; None for a new one, derived from `set_random_seed`.
        workers: number of threads for `epoch` and `stream`; None is one per core.

    Raises:
        ValueError: there are no samples, or `batch_size` is not positive.
    """

    def __init__(
        self,
        n: int,
        batch_size: int = 32,
        shuffle: bool = False,
        seed: int | None = None,
        workers: int | None = None,
    ):
        if n < 1:
            raise ValueError(
                f"{type(self).__name__}: there are no samples to form batches of. "
                "Check the data."
            )
        self.n = n
        self.batch_size = check.positive_int("flow", "batch_size", batch_size)
        self._shuffled = bool(shuffle)
        self.seed = seeds.next_seed() if seed is None else int(seed)
        self.workers = workers
        self.batch_index = 0
        self.total_batches_seen = 0
        self.lock = threading.Lock()
        self._pass = 0
        self._thread = threading.local()
        self._orders = {}
        self._open = []

    def __len__(self):
        return -(-self.n // self.batch_size)

    @property
    def shuffle(self) -> Any:
        """Whether each epoch has a new order."""
        return self._shuffled

    @shuffle.setter
    def shuffle(self, value: bool) -> None:
        self._shuffled = bool(value)

    @property
    def num_batches(self) -> int:
        """Batches per epoch."""
        return len(self)

    @property
    def index_array(self) -> np.ndarray:
        """The order of the samples in the current epoch."""
        return self.order(self._pass)

    def order(self, epoch: int) -> np.ndarray:
        """The indices of the samples in the order of `epoch`, int (n,)."""
        if not self._shuffled:
            return np.arange(self.n)
        with self.lock:
            if epoch not in self._orders:
                rng = seeds.generator(self.seed, "shuffle", epoch)
                # Two epochs can be read at once, around the end of the first.
                newest = sorted(self._orders)[-1:]
                self._orders = {e: self._orders[e] for e in newest}
                self._orders[epoch] = rng.permutation(self.n)
            return self._orders[epoch]

    def __iter__(self):
        return self

    def __next__(self):
        while True:
            with self.lock:
                place = self._pass, self.batch_index
                self.total_batches_seen += 1
                self.batch_index += 1
                if self.batch_index == len(self):
                    self.batch_index, self._pass = 0, self._pass + 1
            batch = self._fetch(place)
            if batch is not None:
                return _writable(batch)

    def __getitem__(self, idx):
        if not -len(self) <= idx < len(self):
            raise IndexError(
                f"There is no batch {idx}: this iterator has {len(self)} batches, "
                f"0 to {len(self) - 1}."
            )
        with self.lock:
            self.total_batches_seen += 1
        batch = self._fetch((self._pass, idx % len(self)))
        if batch is None:
            raise ValueError(f"All images of batch {idx} are broken: see `.skipped`.")
        return _writable(batch)

    def reset(self) -> None:
        """Restart the current epoch for `next()`."""
        self.batch_index = 0

    def on_epoch_end(self) -> None:
        """Switch `[i]` to the next epoch, which has a new order."""
        self._pass += 1

    def epoch(self, epoch: int, start: int = 0) -> Generator[Batch, None, None]:
        """Iterate over the `Batch`es of one epoch, prefetched; `next()` is unaffected.

        Args:
            epoch: the epoch, from 0; the same epoch always has the same batches.
            start: index of the first batch.
        """
        places = ((epoch, position) for position in range(start, len(self)))
        with contextlib.closing(self._ahead(places)) as batches:
            for batch in batches:
                yield _batch(batch)

    def peek(self) -> Batch | None:
        """The first batch of epoch 0, read without threads."""
        batches = (self._fetch((0, position)) for position in range(len(self)))
        return next((_batch(batch) for batch in batches if batch is not None), None)

    def stream(self, first: int = 0) -> Generator[Any, None, None]:
        """Iterate over endless batches, prefetched, starting with epoch `first`."""
        places = ((e, p) for e in itertools.count(first) for p in range(len(self)))
        return (_writable(batch) for batch in self._ahead(places))

    def close(self) -> None:
        """End the threads of all open iterations."""
        while self._open:
            self._open.pop().close()

    def _ahead(self, places):
        with prefetch.map_ahead(self._fetch, places, self.workers) as batches:
            self._open.append(batches)
            try:
                yield from (batch for batch in batches if batch is not None)
            finally:
                if batches in self._open:
                    self._open.remove(batches)

    def _fetch(self, place):
        epoch, position = place
        start = position * self.batch_size
        indices = self.order(epoch)[start : start + self.batch_size]
        # Stored, because subclasses written for Keras only take the indices.
        self._thread.epoch = epoch
        return self._get_batches_of_transformed_samples(indices)

    def _augmented(self, images, rows):
        """`images`, of the samples `rows`, after the random transforms of the epoch."""
        sample_seeds = [self._sample_seed(row) for row in rows]
        size = min(self.batch_size, self.n)
        return batch_transforms.transform_batch(
            self.image_data_generator,
            images,
            sample_seeds,
            self.dtype,
            size,
            lambda place: self._name_of_sample(int(rows[place])),
        )

    def _name_of_sample(self, index):
        """The name of a sample in error messages."""
        return f"number {index}"

    def _sample_seed(self, index):
        """The seed of the augmentation of a sample in the epoch being read."""
        epoch = getattr(self._thread, "epoch", 0)
        return seeds.derive(self.seed, "augment", epoch, int(index))

    def _get_batches_of_transformed_samples(self, index_array):
        raise NotImplementedError(
            f"{type(self).__name__} must implement the method "
            "_get_batches_of_transformed_samples(self, index_array)."
        )


def _batch(parts):
    parts = parts if isinstance(parts, tuple) else (parts,)
    x, y, weight = (*parts, None, None)[:3]
    return Batch(x, y, weight, rows_of(x))


def _writable(batch):
    """`batch` with writable copies of read-only arrays, for users."""

    def writable(leaf):
        is_writable = not isinstance(leaf, np.ndarray) or leaf.flags.writeable
        return leaf if is_writable else leaf.copy()

    return jax.tree.map(writable, batch)


def split_bounds(
    owner: str, generator: Any, subset: Subset
) -> tuple[float, float] | None:
    """(start, stop) of `subset` as fractions; None without a subset.

    Validation is the first part, training the rest, as in Keras.
    """
    if subset is None:
        return None
    check.choice(owner, "subset", subset, ("training", "validation"))
    fraction = getattr(generator, "_validation_split", 0) or 0
    if not fraction:
        raise ValueError(
            f"{owner}(subset={subset!r}): the generator has no validation part. Write "
            "ImageDataGenerator(validation_split=0.2, ...)."
        )
    return (0, fraction) if subset == "validation" else (fraction, 1)
