"""Dataset: numbered samples as batches, one pass for each `for` loop."""

from typing import Any

from nbkeras.image.pipeline.dataset_methods import Chained
from nbkeras.image.pipeline.iterator import Iterator


class Dataset(Chained, Iterator):
    """Base of the data sets that `..._from_directory` and the like return.

    A subclass writes `_get_batches_of_transformed_samples(index_array)`.

    Args:
        n: number of samples.
        batch_size: samples a batch; None gives them one by one, without a batch axis.
        shuffle: a new order in each pass.
        seed: an integer, or None for a new one.
    """

    # A pass has an end: `next(iter(dataset))`, not `next(dataset)`.
    __next__: Any = None

    def __init__(self, n, batch_size, shuffle, seed):
        self._single = batch_size is None
        super().__init__(n, batch_size or 1, shuffle, seed)

    def __iter__(self):
        number, self._pass = self._pass, self._pass + 1
        made = self._ahead((number, position) for position in range(len(self)))
        if not self._single:
            return made
        return (tuple(e[0] for e in m) if isinstance(m, tuple) else m[0] for m in made)
