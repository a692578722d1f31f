"""Datasets of files in class folders: common code of texts and recordings."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nbkeras.core import check
from nbkeras.core import rng as seeds
from nbkeras.core.annotations import PathLike
from nbkeras.data import labelled_files
from nbkeras.image.annotations import DatasetSubset, LabelMode
from nbkeras.image.pipeline.dataset import Dataset
from nbkeras.utils import class_folders


class FileDataset(Dataset):
    """Batches `(samples, labels)` of files, which are read in each iteration.

    Attributes:
        class_names: names of the classes in the order of their numbers, or None.
        file_paths: paths of the files, in the order of `shuffle=False`.

    Args:
        paths: paths of the files.
        labels: labels (files, ...), or None.
        class_names: names of the classes.
        stack: list of paths -> one batch.
        batch_size: as in `Dataset`.
        shuffle: as in `Dataset`.
        seed: as in `Dataset`.
    """

    def __init__(
        self,
        paths: Sequence[str],
        labels: np.ndarray | None,
        class_names: Sequence[str] | None,
        stack: Callable[[list[Any]], Any],
        batch_size: int | None,
        shuffle: bool,
        seed: int | None,
    ):
        self.file_paths, self.class_names = paths, class_names
        self._labels, self._stack = labels, stack
        super().__init__(len(paths), batch_size, shuffle, seed)

    def _get_batches_of_transformed_samples(self, index_array):
        x = self._stack([self.file_paths[index] for index in index_array])
        return x if self._labels is None else (x, self._labels[index_array])


def from_directory(
    owner: str,
    directory: PathLike,
    extensions: Sequence[str],
    stack: Callable[[list[Any]], Any],
    *,
    labels: Any,
    label_mode: LabelMode,
    class_names: Sequence[str] | None,
    batch_size: int | None,
    shuffle: bool,
    seed: int | None,
    validation_split: float | None,
    subset: DatasetSubset,
    follow_links: bool,
    verbose: bool,
) -> Any:
    """A `FileDataset` of the files below `directory`; for "both" a list of two.

    `stack` is a function: list of paths -> one batch. The other arguments are those of
    `text_dataset_from_directory`.
    """
    check.choice(owner, "label_mode", label_mode, labelled_files.LABEL_MODES)
    if batch_size is not None:
        check.positive_int(owner, "batch_size", batch_size)
    labelled_files.check_split(owner, validation_split, subset, shuffle, seed)
    if label_mode is None and not isinstance(labels, str):
        labels = None
    seed = seeds.next_seed() if seed is None else seed
    paths, numbers, names = class_folders.index(
        owner, directory, extensions, labels, class_names, follow_links
    )
    order = np.arange(len(paths))
    if shuffle:
        np.random.RandomState(seed).shuffle(order)
    if verbose:
        suffix = "" if names is None else f" belonging to {len(names)} classes"
        print(f"Found {len(paths)} files{suffix}.")
    mode = None if labels is None else label_mode
    encoded = labelled_files.encode(owner, numbers, mode, names)
    datasets = []
    for part, rows in labelled_files.parts(
        owner, order, validation_split, subset, verbose
    ):
        part_labels = None if encoded is None else encoded[rows]
        files = [paths[row] for row in rows]
        part_shuffle = shuffle and not (subset == "both" and part == "validation")
        datasets.append(
            FileDataset(
                files, part_labels, names, stack, batch_size, part_shuffle, seed
            )
        )
    return datasets if subset == "both" else datasets[0]
