"""`timeseries_dataset_from_array`: batches of sliding windows over a time series."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core import check
from nbkeras.core import rng as seeds
from nbkeras.image.pipeline.dataset import Dataset

_OWNER = "timeseries_dataset_from_array"


class WindowDataset(Dataset):
    """Batches of windows, with targets.

    Args:
        data: the series (steps, ...).
        targets: the target of the window that starts at each step, or None.
        starts: int array of the first steps of the windows.
        offsets: int array of the steps of a window, relative to its first.
        batch_size: as in `Dataset`.
        shuffle: as in `Dataset`.
        seed: as in `Dataset`.
    """

    def __init__(
        self,
        data: np.ndarray,
        targets: np.ndarray | None,
        starts: np.ndarray,
        offsets: np.ndarray,
        batch_size: int | None,
        shuffle: bool,
        seed: int | None,
    ):
        self._data, self._targets = data, targets
        self._starts, self._offsets = starts, offsets
        super().__init__(len(starts), batch_size, shuffle, seed)

    def _get_batches_of_transformed_samples(self, index_array):
        starts = self._starts[index_array]
        windows = self._data[starts[:, None] + self._offsets]
        return windows if self._targets is None else (windows, self._targets[starts])


def timeseries_dataset_from_array(
    data: ArrayLike,
    targets: ArrayLike | None,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
    format: str | None = "tf",
) -> Any:
    """Create a dataset of sliding windows over a time series.

    Args:
        data: the series (steps, ...).
        targets: `targets[i]` belongs to the window that starts at step i; None for
            windows without targets.
        sequence_length: elements per window.
        sequence_stride: steps between the starts of two windows.
        sampling_rate: steps between two elements of a window.
        batch_size: windows per batch; None for single windows.
        shuffle: whether each iteration has a new order; False is chronological.
        seed: seed of the shuffling; None for a new one.
        start_index: earlier steps are not used.
        end_index: this step and later ones are not used.
        format: accepted for compatibility; windows are NumPy arrays.

    Returns:
        A dataset of windows (batch, sequence_length, ...), or of pairs (windows,
        targets) with targets (batch, ...).

    Raises:
        ValueError: an index is outside the series, or the series is too short.

    >>> series = np.arange(6)
    >>> windows = timeseries_dataset_from_array(series, series[3:], sequence_length=3)
    >>> x, y = next(iter(windows))
    >>> x.tolist(), y.tolist()
    ([[0, 1, 2], [1, 2, 3], [2, 3, 4]], [3, 4, 5])
    """
    data = np.asarray(data)
    targets = None if targets is None else np.asarray(targets)
    check.positive_int(_OWNER, "sequence_length", sequence_length, 10)
    if batch_size is not None:
        check.positive_int(_OWNER, "batch_size", batch_size)
    for name, value in (
        ("sampling_rate", sampling_rate),
        ("sequence_stride", sequence_stride),
    ):
        check.positive_int(_OWNER, name, value, 1)
        if value >= len(data):
            raise ValueError(
                f"{_OWNER}({name}={value}): {name} must be lower than the length of "
                f"the data, {len(data)}. Write for example {name}=1."
            )
    first, end = _bounds(len(data), start_index, end_index)
    count = end - first - (sequence_length - 1) * sampling_rate
    if targets is not None:
        targets = targets[first:end]
        count = min(count, len(targets))
    if count < 1:
        raise ValueError(
            f"{_OWNER}(sequence_length={sequence_length}): {end - first} steps of data "
            f"and {'no' if targets is None else len(targets)} targets make no window "
            f"of {sequence_length} elements, each {sampling_rate} after the last. "
            "Choose a lower sequence_length."
        )
    return WindowDataset(
        data[first:end],
        targets,
        np.arange(0, count, sequence_stride),
        np.arange(sequence_length) * sampling_rate,
        batch_size,
        shuffle,
        seeds.next_seed() if seed is None else seed,
    )


def _bounds(length, start_index, end_index):
    """(first step, end step) of the data to use."""
    first, end = start_index or 0, end_index or length
    if first < 0 or first >= length:
        raise ValueError(
            f"{_OWNER}(start_index={start_index}): start_index must be 0 or greater "
            f"and lower than the length of the data, {length}. Write start_index=0."
        )
    if end_index and not first < end < length:
        raise ValueError(
            f"{_OWNER}(end_index={end_index}): end_index must be higher than "
            f"start_index, {first}, and lower than the length of the data, {length}. "
            "Leave it out to use the data to its end."
        )
    return first, end
