"""Base class of data sets: one epoch for each `for` loop, methods of tf.data.

Tutorials chain these methods: `dataset.map(...).cache().prefetch(2)`.
"""

import itertools
from collections.abc import Callable, Iterable
from collections.abc import Iterator as Iterator_
from typing import Any, Self

from nbkeras.image.pipeline.iterator import Iterator


class DatasetMethods:
    """Mixed into a data set that can be iterated over again, batch by batch."""

    def take(self, count: int) -> Iterator_[Any]:
        """Iterate over the first `count` batches of a pass."""
        return itertools.islice(iter(self), count)

    def map(
        self,
        function: Callable[..., Any],
        num_parallel_calls: int | None = None,
        deterministic: bool | None = None,
    ) -> "MappedDataset":
        """The same batches, each through `function(images, labels)`."""
        return MappedDataset(self, function)

    def cache(self, filename: str | None = None) -> Self:
        """Itself: images stay in memory in any case, see `set_picture_cache`."""
        return self

    def prefetch(self, buffer_size: int | None = None) -> Self:
        """Itself: batches are made ahead in any case."""
        return self


class MappedDataset(DatasetMethods):
    """Batches of a data set, each through a function.

    Args:
        dataset: an iterable of batches, arrays or tuples (images, labels).
        function: of a batch's parts, images and labels, or of the images alone.
    """

    def __init__(self, dataset: Iterable[Any], function: Callable[..., Any]):
        self._dataset, self._function = dataset, function

    def __len__(self):
        return len(self._dataset)

    def __iter__(self):
        for batch in self._dataset:
            parts = batch if isinstance(batch, tuple) else (batch,)
            yield self._function(*parts)

    def __getattr__(self, name):
        # `class_names` and the like are those of the data set.
        if name[:1] == "_":
            raise AttributeError(name)
        return getattr(self._dataset, name)


class Dataset(DatasetMethods, Iterator):
    """Base class of what `..._from_directory` and the like return.

    A subclass writes `_get_batches_of_transformed_samples(index_array)`.

    Args:
        n: number of samples.
        batch_size: samples a batch; None yields single samples without a batch axis.
        shuffle: a new order in each epoch.
        seed: an integer, or None for a new one.
    """

    # An epoch has an end: `next(iter(dataset))`, not `next(dataset)`.
    __next__: Any = None

    def __init__(self, n: int, batch_size: int | None, shuffle: bool, seed: int | None):
        self._single = batch_size is None
        super().__init__(n, batch_size or 1, shuffle, seed)

    def __iter__(self):
        epoch, self._pass = self._pass, self._pass + 1
        batches = self._ahead((epoch, position) for position in range(len(self)))
        if not self._single:
            return batches
        return (_without_batch_axis(batch) for batch in batches)


def _without_batch_axis(batch):
    if isinstance(batch, tuple):
        return tuple(part[0] for part in batch)
    return batch[0]
