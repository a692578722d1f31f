"""`text_dataset_from_directory`: the text files of a folder as batches."""

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
    """Batches of the .txt files of a folder that has one folder for each class.

    Args:
        directory: the folder that holds the class folders.
        labels: "inferred" from the folders, None, or a list with one integer for each
            file (files sorted by path).
        label_mode: "int" int32 (batch,), "categorical" float32 one-hot, "binary"
            float32 (batch, 1), None no labels.
        class_names: class folders in the order wanted; None is all of them, sorted.
        batch_size: texts a batch; None for single texts.
        max_length: longest text in characters, the rest is cut off; None keeps all.
        shuffle: a new order in each pass; False sorts by class and name.
        seed: an integer, or None for a new one.
        validation_split: fraction of the files for validation, or None.
        subset: "training", "validation" or "both", with validation_split.
        follow_links: also read linked folders, each real one once.
        format: accepted and not used: what comes is always NumPy arrays.
        verbose: print what was found.

    Returns:
        A data set of arrays of `str`, (batch,), with labels; for "both" a list of two.

    Raises:
        FileNotFoundError, NotADirectoryError: no such folder.
        ValueError: no texts, or arguments that do not go together.
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
    # Of objects: an array of fixed width would take the longest text for each.
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
