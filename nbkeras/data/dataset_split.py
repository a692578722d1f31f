"""`split_dataset`: split samples into two parts, such as training and test."""

import random
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from nbkeras.core import check

_OWNER = "split_dataset"


class Samples:
    """A dataset of single samples; `batch` groups them into batches.

    Args:
        read: (row numbers) -> the samples of these rows as a tree of arrays.
        rows: int array of the row numbers that the dataset consists of.
    """

    def __init__(self, read: Any, rows: np.ndarray) -> None:
        self._read, self._rows = read, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Any:
        # `[[index]]` keeps the row axis, which `read` needs.
        return jax.tree.map(lambda leaf: leaf[0], self._read(self._rows[[index]]))

    def __iter__(self) -> Iterator[Any]:
        return (self[index] for index in range(len(self)))

    def batch(self, batch_size: int) -> "SampleBatches":
        """Group the samples into batches; the last one may be smaller."""
        check.positive_int("batch", "batch_size", batch_size)
        return SampleBatches(self._read, self._rows, batch_size)


class SampleBatches:
    """Batches of samples, by index or by iteration; `fit` accepts them.

    Args:
        read: as in `Samples`.
        rows: as in `Samples`.
        batch_size: samples per batch.
    """

    def __init__(self, read: Any, rows: np.ndarray, batch_size: int) -> None:
        self._read, self._rows, self.batch_size = read, rows, batch_size

    def __len__(self) -> int:
        return -(-len(self._rows) // self.batch_size)

    def __getitem__(self, index: int) -> Any:
        start = range(len(self))[index] * self.batch_size
        return self._read(self._rows[start : start + self.batch_size])

    def __iter__(self) -> Iterator[Any]:
        return (self[index] for index in range(len(self)))


def split_dataset(
    dataset: Any,
    left_size: float | int | None = None,
    right_size: float | int | None = None,
    shuffle: bool = False,
    seed: int | None = None,
    preferred_backend: str | None = None,
) -> tuple[Any, Any]:
    """Split samples into two parts.

    Args:
        dataset: an array (rows, ...); a list, tuple or dict of arrays with the same
            number of rows; a dataset with `len` and `[i]`, such as torch's; or a
            dataset of batches with a `batch_size`, which both parts keep.
        left_size: size of the first part, as a number of samples or a fraction; None
            takes what `right_size` leaves.
        right_size: size of the second part, likewise.
        shuffle: whether to shuffle the samples before splitting.
        seed: seed of the shuffling; None for a new one.
        preferred_backend: accepted for compatibility; samples are NumPy arrays.

    Returns:
        (left, right): datasets of single samples with `len`, `[i]` and
        `batch(batch_size)`; datasets of batches if `dataset` is one.

    Raises:
        TypeError: `dataset` is not data, or a size is not a number.
        ValueError: no size is given, or a part would be empty.

    >>> left, right = split_dataset(np.arange(10), left_size=0.8)
    >>> [int(sample) for sample in right]
    [8, 9]
    """
    if left_size is None and right_size is None:
        raise ValueError(
            f"{_OWNER}: at least one of left_size and right_size is needed. Write for "
            f"example {_OWNER}(data, left_size=0.8)."
        )
    read, count, batch_size = _reader(dataset)
    left, right = _sizes(left_size, right_size, count)
    order = list(range(count))
    if shuffle:
        random.Random(seed).shuffle(order)
    halves = np.array(order[:left]), np.array(order[-right:])
    first, second = (Samples(read, rows) for rows in halves)
    if batch_size:
        return first.batch(batch_size), second.batch(batch_size)
    return first, second


def _reader(dataset: Any) -> tuple[Any, int, int | None]:
    """(row numbers -> samples, number of samples, batch size or None)."""
    if getattr(dataset, "batch_size", None) and hasattr(dataset, "__iter__"):
        batches = list(dataset)
        arrays = jax.tree.map(lambda *leaves: np.concatenate(leaves), *batches)
        return *_reader(arrays)[:2], dataset.batch_size
    if isinstance(dataset, list | tuple | dict) or hasattr(dataset, "__array__"):
        arrays = jax.tree.map(np.asarray, dataset)
        counts = {len(leaf) if leaf.ndim else 0 for leaf in jax.tree.leaves(arrays)}
        if len(counts) != 1 or counts == {0}:
            raise ValueError(
                f"{_OWNER}: all arrays must have the same number of rows; these have "
                f"{sorted(counts)}."
            )
        (count,) = counts
        return lambda rows: jax.tree.map(lambda leaf: leaf[rows], arrays), count, None
    if hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__"):

        def read(rows: Any) -> Any:
            samples = [dataset[int(row)] for row in rows]
            return jax.tree.map(lambda *leaves: np.stack(leaves), *samples)

        return read, len(dataset), None
    raise TypeError(
        f"{_OWNER}({type(dataset).__name__}): give an array, a list, tuple or dict of "
        "arrays, or a dataset with len(dataset) and dataset[i]."
    )


def _sizes(left: Any, right: Any, count: int) -> tuple[int, int]:
    """(number of samples in the first part, in the second)."""
    sizes = [
        None if size is None else _size(name, size, count)
        for name, size in (("left_size", left), ("right_size", right))
    ]
    if isinstance(left, float) and isinstance(right, float) and left + right > 1:
        raise ValueError(
            f"{_OWNER}(left_size={left}, right_size={right}): the sum of `left_size` "
            "and `right_size` is greater than 1. Leave one of them out."
        )
    first, second = sizes
    if first is None:
        first = count if second is None else count - second
    second = count - first if second is None else second
    if first + second > count:
        raise ValueError(
            f"{_OWNER}(left_size={left}, right_size={right}): together these are "
            f"{first + second} samples, but the dataset has {count}. Leave one of them "
            "out."
        )
    if not first or not second:
        raise ValueError(
            f"{_OWNER}(left_size={left}, right_size={right}): one part of the {count} "
            "samples would be empty. Choose other sizes."
        )
    return first, second


def _size(name: str, size: Any, count: int) -> int:
    """`size` as a number of samples."""
    if isinstance(size, bool) or not isinstance(size, int | float):
        raise TypeError(
            f"{_OWNER}({name}={size!r}): {name} must be a number of samples or a "
            f"fraction. Write for example {name}=0.8."
        )
    limit = 1 if isinstance(size, float) else count
    if not 0 < size < limit:
        raise ValueError(
            f"{_OWNER}({name}={size}): {name} must be an integer from 1 to "
            f"{count - 1}, or a fraction between 0 and 1. Write for example {name}=0.8."
        )
    return round(size * count) if isinstance(size, float) else size
