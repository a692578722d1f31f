"""`text_dataset_from_directory`: batches of text files in class folders."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from nbkeras.core import check, notices
from nbkeras.core.annotations import PathLike
from nbkeras.image.annotations import DatasetSubset, LabelMode
from nbkeras.utils import file_dataset

_OWNER = "text_dataset_from_directory"


def text_dataset_from_directory(
    directory: PathLike,
    labels: Literal["inferred"] | Sequence[int] | None = "inferred",
    label_mode: LabelMode = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    max_length: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: DatasetSubset = None,
    follow_links: bool = False,
    format: str | None = "tf",
    verbose: bool = True,
) -> Any:
    """Create a dataset of the .txt files in a folder with one subfolder per class.

    Args:
        directory: the folder that contains the class folders.
        labels: "inferred" from the folders, None, or a list with one integer per file
            (files sorted by path).
        label_mode: "int" for int32 (batch,), "categorical" for one-hot float32
            (batch, classes), "binary" for float32 (batch, 1), None for no labels.
        class_names: class folders in the order of their numbers; None sorts them.
        batch_size: texts per batch; None for single texts.
        max_length: maximum characters of a text, which is truncated; None is no limit.
        shuffle: whether each iteration has a new order; False sorts by class and name.
        seed: seed of the shuffling; None for a new one.
        validation_split: fraction of the files for validation, or None.
        subset: "training", "validation" or "both", with validation_split.
        follow_links: whether to follow links to folders; each folder is read once.
        format: accepted for compatibility; texts are NumPy arrays.
        verbose: whether to print the number of files.

    Returns:
        A dataset of arrays of `str` (batch,), with labels; for "both" a list of two
        datasets.

    Raises:
        FileNotFoundError: `directory` does not exist.
        NotADirectoryError: `directory` is a file.
        ValueError: there are no texts, or arguments are inconsistent.
    """
    if max_length is not None:
        check.positive_int(_OWNER, "max_length", max_length, 200)
    return file_dataset.from_directory(
        _OWNER,
        directory,
        (".txt",),
        functools.partial(_texts, max_length=max_length),
        labels=labels,
        label_mode=label_mode,
        class_names=class_names,
        batch_size=batch_size,
        shuffle=shuffle,
        seed=seed,
        validation_split=validation_split,
        subset=subset,
        follow_links=follow_links,
        verbose=verbose,
    )


def _texts(paths, max_length):
    # dtype object: a fixed-width array would allocate the longest text for each row.
    texts = np.empty(len(paths), dtype=object)
    for row, path in enumerate(paths):
        texts[row] = _text(path)[:max_length]
    return texts


def _text(path):
    data = Path(path).read_bytes()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        notices.once(
            ("not utf-8", _OWNER),
            f"{_OWNER}: {path} is not UTF-8 at byte {error.start}; such bytes become "
            "\N{REPLACEMENT CHARACTER}. Convert the files to UTF-8 to keep them.",
        )
        return data.decode("utf-8", errors="replace")
