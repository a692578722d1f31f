"""PyDataset, formerly Sequence: a user-defined dataset of batches by index."""

from typing import Any

from nbkeras.core import check


class PyDataset:
    """Base class of datasets of batches; write `__len__` and `__getitem__`.

    `__getitem__(k)` returns batch k as `(x, y)` or `(x, y, sample_weight)`, and
    `__len__` the number of batches. `on_epoch_begin` and `on_epoch_end` are optional.

    Args:
        workers: number of threads that prefetch batches; 0 and 1 mean one thread.
        use_multiprocessing: accepted for compatibility; batches are read on threads.
        max_queue_size: maximum number of waiting batches, with several workers.

    Raises:
        ValueError: `workers` or `max_queue_size` is not an integer of at least 0.

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
        sized: Any = self  # the subclass defines `__len__`
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
    """Alias of `PyDataset`: its name in Keras 2."""
