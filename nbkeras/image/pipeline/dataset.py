"""Base class of datasets of files and windows: each `for` loop is one epoch.

They have the methods of tf.data: `dataset.map(...).cache().prefetch(2)`.
"""

from collections.abc import Iterator as Iterator_
from typing import Any

from nbkeras.data.tf_data.dataset import Transformations
from nbkeras.image.pipeline.iterator import Iterator


class Dataset(Transformations, Iterator):
    """Base class of the datasets that `..._from_directory` functions return.

    A subclass defines `_get_batches_of_transformed_samples(index_array)`.

    Args:
        n: number of samples.
        batch_size: samples per batch; None yields single samples without a batch axis.
        shuffle: whether each epoch has a new order.
        seed: seed of the shuffling; None for a new one.
    """

    # Unlike an Iterator, which is endless: `next(iter(dataset))`, not `next(dataset)`.
    __next__: Any = None

    def __init__(self, n: int, batch_size: int | None, shuffle: bool, seed: int | None):
        self._single = batch_size is None
        super().__init__(n, batch_size or 1, shuffle, seed)

    def __len__(self) -> int:
        return Iterator.__len__(self)

    def _cardinality(self) -> int:
        """The number of batches."""
        return len(self)

    def _elements(self) -> Iterator_[Any]:
        epoch, self._pass = self._pass, self._pass + 1
        batches = self._ahead((epoch, position) for position in range(len(self)))
        if not self._single:
            return batches
        return (_without_batch_axis(batch) for batch in batches)


def _without_batch_axis(batch):
    if isinstance(batch, tuple):
        return tuple(part[0] for part in batch)
    return batch[0]
