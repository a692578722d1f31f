"""Sequence functions under the names of `keras.preprocessing.sequence`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core import check
from nbkeras.data.py_dataset import PyDataset
from nbkeras.utils.pad_sequences import pad_sequences


class TimeseriesGenerator(PyDataset):
    """Batches of windows over a time series, each with the target of the next step.

    Args:
        data: (steps, ...).
        targets: one target per step.
        length: number of steps in a window.
        sampling_rate: interval between the steps taken within a window.
        stride: number of steps between the starts of windows.
        start_index, end_index: first and last step to use; None for the last step of
            the data.
        shuffle: draw windows at random.
        reverse: reverse the order of steps in each window.
        batch_size: number of windows in a batch.

    Raises:
        ValueError: `data` and `targets` differ in length, or are shorter than a window.

    >>> x, y = TimeseriesGenerator(np.arange(10), np.arange(10), length=3)[0]
    >>> x[0].tolist(), int(y[0])
    ([0, 1, 2], 3)
    """

    def __init__(
        self,
        data: ArrayLike,
        targets: ArrayLike,
        length: int,
        sampling_rate: int = 1,
        stride: int = 1,
        start_index: int = 0,
        end_index: int | None = None,
        shuffle: bool = False,
        reverse: bool = False,
        batch_size: int = 128,
        **threads: Any,
    ) -> None:
        super().__init__(**threads)
        owner = "TimeseriesGenerator"
        self.data, self.targets = np.asarray(data), np.asarray(targets)
        if len(self.data) != len(self.targets):
            raise ValueError(
                f"TimeseriesGenerator: data has {len(self.data)} steps and targets "
                f"{len(self.targets)}. One target for each step is needed."
            )
        self.length = check.positive_int(owner, "length", length, 10)
        self.sampling_rate = check.positive_int(
            owner, "sampling_rate", sampling_rate, 1
        )
        self.stride = check.positive_int(owner, "stride", stride, 1)
        self.batch_size = check.positive_int(owner, "batch_size", batch_size, 128)
        self.shuffle, self.reverse = shuffle, reverse
        # The first step preceded by a full window, as in Keras.
        self.start_index = start_index + length
        self.end_index = len(self.data) - 1 if end_index is None else end_index
        if self.start_index > self.end_index:
            raise ValueError(
                f"TimeseriesGenerator(length={length}): {len(self.data)} steps from "
                f"{start_index} to {self.end_index} are too few for a window and the "
                "step after it. Write a smaller length."
            )

    def __len__(self) -> int:
        steps = self.batch_size * self.stride
        return (self.end_index - self.start_index + steps) // steps

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        if self.shuffle:
            rows = np.random.randint(
                self.start_index, self.end_index + 1, self.batch_size
            )
        else:
            steps = self.batch_size * self.stride
            first = self.start_index + steps * index
            last = min(first + steps, self.end_index + 1)
            rows = np.arange(first, last, self.stride)
        offsets = np.arange(-self.length, 0, self.sampling_rate)
        windows = self.data[rows[:, None] + offsets]
        return windows[:, ::-1] if self.reverse else windows, self.targets[rows]


def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> np.ndarray:
    """The probability of keeping a word by its frequency rank, as in word2vec.

    Args:
        size: number of words, the most frequent first.
        sampling_factor: frequency above which words are subsampled.

    Returns: (size,), float64; frequencies follow Zipf's law.

    Source: Mikolov et al., "Distributed Representations of Words and Phrases" (2013).
    """
    size = check.positive_int("make_sampling_table", "size", size, 1000)
    rank = np.maximum(np.arange(size), 1)
    harmonic = rank * (np.log(rank) + 0.577) + 0.5 - 1 / (12 * rank)
    return np.minimum(1.0, np.sqrt(sampling_factor * harmonic))


def skipgrams(
    sequence: Sequence[int],
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: ArrayLike | None = None,
    seed: int | None = None,
) -> tuple[list[list[int]], list[Any]]:
    """Skip-gram word pairs: context pairs with label 1, random pairs with label 0.

    Args:
        sequence: word indices; 0 is skipped.
        vocabulary_size: largest word index plus 1.
        window_size: number of context words on each side.
        negative_samples: number of random pairs per context pair.
        shuffle: shuffle the pairs.
        categorical: one-hot labels: [0, 1] for 1 and [1, 0] for 0.
        sampling_table: probability of keeping each word, by its index.
        seed: seed of the random draws; None for a random one.

    Returns:
        (pairs, labels), lists of equal length.
    """
    vocabulary_size = check.positive_int(
        "skipgrams", "vocabulary_size", vocabulary_size, 1000
    )
    generator = np.random.default_rng(seed)
    words = [int(word) for word in sequence]
    table = None if sampling_table is None else np.asarray(sampling_table)
    pairs: list[list[int]] = []
    for position, word in enumerate(words):
        if not word or (table is not None and table[word] < generator.random()):
            continue
        start, end = max(0, position - window_size), position + window_size + 1
        context = words[start:position] + words[position + 1 : end]
        pairs += [[word, neighbour] for neighbour in context if neighbour]
    labels: list[Any] = [1] * len(pairs)
    count = int(len(pairs) * negative_samples) if pairs else 0
    if count > 0:
        shuffled = generator.permutation([pair[0] for pair in pairs])
        random_words = generator.integers(1, max(vocabulary_size, 2), count)
        centres = np.resize(shuffled, count)
        pairs += np.stack([centres, random_words], 1).tolist()
        labels += [0] * count
    if shuffle:
        order = generator.permutation(len(pairs))
        pairs, labels = [pairs[i] for i in order], [labels[i] for i in order]
    if categorical:
        labels = [[0, 1] if label else [1, 0] for label in labels]
    return pairs, labels


__all__ = ["TimeseriesGenerator", "make_sampling_table", "pad_sequences", "skipgrams"]
