"""Poisson batches: each example belongs to each batch by chance, by itself."""

import math
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from nbkeras.core import rng
from nbkeras.data.array_batches import ArrayBatches, rows_of, take
from nbkeras.data.batches import Batch, Batches

# The usual room of a batch, in standard deviations of its size above the expected one;
# a greater batch, one in 10**9, is taken as it comes.
SPREAD = 6.0
# Batches above this size have room for a multiple of it.
ROUNDED_TO = 32


class PoissonBatches(Batches):
    """Batches of random size: an example is in a batch with probability `rate`.

    Nothing is left out or repeated to reach a size, which the accounting of privacy
    relies on. A batch without examples has one row of padding.

    Args:
        source: arrays in memory, with the expected batch size.

    Attributes:
        rate: the sampling rate, expected batch size / number of rows.
        expected_size: expected number of examples of a batch.
        batch_size: the room of a batch, for its padded shape.
        num_batches: batches of an epoch, in which each example is seen once on average.
    """

    random_sizes = True

    def __init__(self, source: ArrayBatches) -> None:
        self.data, self.seed = source.data, source.seed
        self.rows = rows_of(self.data)
        self.expected_size = min(source.batch_size, self.rows)
        self.rate = self.expected_size / self.rows
        self.num_batches = math.ceil(self.rows / self.expected_size)
        spread = math.sqrt(self.expected_size * (1 - self.rate))
        room = math.ceil(self.expected_size + SPREAD * spread)
        if room > ROUNDED_TO:
            room = math.ceil(room / ROUNDED_TO) * ROUNDED_TO
        self.batch_size = min(room, self.rows)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """The batches of epoch `epoch`, from batch `start` on."""
        for number in range(start, self.num_batches):
            generator = rng.generator(self.seed, "poisson", epoch, number)
            chosen = np.flatnonzero(generator.random(self.rows) < self.rate)
            yield self._batch(chosen if len(chosen) else np.array([0]), len(chosen))

    def peek(self) -> Batch:
        """A batch as large as the room, for its shapes."""
        return self._batch(np.arange(self.batch_size), self.batch_size)

    def reseed(self, seed: int) -> None:
        """Use `seed` for the choice of examples."""
        self.seed = seed

    def _batch(self, indices, rows):
        parts: Any = jax.tree.map(lambda leaf: take(leaf, indices), self.data)
        return Batch(*parts, rows=rows)
