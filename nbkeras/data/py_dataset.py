"""PyDataset, formerly Sequence: a user-defined data set of batches by index."""

from typing import Any

from nbkeras.core import check


class PyDataset:
    """Batches by index: subclass it, and write `__len__` and `__getitem__`.

    `__getitem__(k)` returns the whole batch number k as `(x, y)` or
    `(x, y, sample_weight)`; `__len__` the number of batches. `on_epoch_begin` and
    `on_epoch_end` may be added.

    Args:
        workers: threads that fetch batches ahead; up to 1 fetches on one thread.
        use_multiprocessing: accepted; batches are fetched on threads in either case.
        max_queue_size: how many batches may wait at a time; with one worker, or 0,
            none is fetched before it is needed.

    Raises:
        ValueError: `workers` or `max_queue_size` is no suitable integer.

    >>> class Squares(PyDataset):
    ...     def __len__(self):
    ...         return 4
    ...     def __getitem__(self, k):
    ...         x = np.arange(8 * k, 8 * k + 8, dtype="float32")[:, None]
    ...         return x, x**2
    """

    def __init__(
        self,
        workers: int = 1,
        use_multiprocessing: bool = False,
        max_queue_size: int = 10,
    ) -> None:
        owner = type(self).__name__
        self.workers = check.whole(owner, "workers", workers, example=1)
        self.use_multiprocessing = bool(use_multiprocessing)
        self.max_queue_size = check.whole(
            owner, "max_queue_size", max_queue_size, example=10
        )

    def __getitem__(self, index):
        raise NotImplementedError(
            f"{type(self).__name__} needs `__getitem__`. Write "
            "`def __getitem__(self, index): return x_batch, y_batch`."
        )

    @property
    def num_batches(self) -> int | None:
        """Batches per epoch: `len(self)`; a subclass returns None for endless data."""
        sized: Any = self  # `__len__` is the subclass's to write
        if hasattr(self, "__len__"):
            return len(sized)
        raise NotImplementedError(
            f"{type(self).__name__} needs `__len__`. Write "
            "`def __len__(self): return number_of_batches`."
        )

    def __iter__(self):
        index = 0
        while self.num_batches is None or index < self.num_batches:
            yield self[index]
            index += 1

    def on_epoch_begin(self) -> None:
        """Called before the first batch of an epoch."""

    def on_epoch_end(self) -> None:
        """Called after the last batch of an epoch."""


class Sequence(PyDataset):
    """The name of `PyDataset` in Keras 2."""
