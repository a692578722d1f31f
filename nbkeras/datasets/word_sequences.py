"""Sequences of word indices: safe reading, shifting and truncation, as in Keras."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from nbkeras.core import check
from nbkeras.core.names.display_name import display_path
from nbkeras.datasets.cifar import ArraysUnpickler


def check_settings(
    num_words: int | None, skip_top: int, maxlen: int | None, index_from: int | None
) -> None:
    """Check the arguments of `load_data`.

    Raises:
        ValueError: one is not an integer of at least 0, or no words are left.
    """
    for name, value, example in (
        ("num_words", num_words, 10000),
        ("maxlen", maxlen, 200),
        ("index_from", index_from, 3),
    ):
        if value is not None:
            check.whole("load_data", name, value, example)
    check.whole("load_data", "skip_top", skip_top)
    if num_words and skip_top >= num_words:
        raise ValueError(
            f"load_data(num_words={num_words}, skip_top={skip_top}) leaves no word: "
            "it keeps the words with indices from skip_top to num_words - 1. Write "
            f"for example load_data(num_words={skip_top + 10000}, skip_top={skip_top})."
        )


def read(path: Path) -> dict[str, np.ndarray]:
    """{name: array} of an .npz file whose arrays may have rows of different lengths.

    Raises:
        ValueError: the file contains other objects than arrays, lists and numbers.
    """
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            data = io.BytesIO(archive.read(member))
            version = np.lib.format.read_magic(data)
            read_header = (
                np.lib.format.read_array_header_1_0
                if version == (1, 0)
                else np.lib.format.read_array_header_2_0
            )
            shape, _, dtype = read_header(data)
            if dtype.hasobject:
                array = _unpickled(data, path).reshape(shape)
            else:
                data.seek(0)
                array = np.load(data, allow_pickle=False)
            arrays[member.removesuffix(".npy")] = array
    return arrays


def _unpickled(data, path):
    """The array in a pickle, loaded without running code."""
    try:
        return np.asarray(ArraysUnpickler(data, encoding="latin1").load())
    except Exception as error:  # a damaged pickle raises almost anything
        raise ValueError(
            f"{display_path(path)} is not a file of word sequences "
            f"({type(error).__name__}: {error}). Delete it to download it again."
        ) from None


def shuffled(
    x: np.ndarray, y: np.ndarray, generator: np.random.RandomState
) -> tuple[Any, np.ndarray]:
    """`x` and `y` in the same random order."""
    order = np.arange(len(x))
    generator.shuffle(order)
    return x[order], y[order]


def shifted(rows: Any, start_char: int | None, index_from: int) -> list[list[int]]:
    """Sequences with `index_from` added to their indices, after `start_char`."""
    start = [] if start_char is None else [start_char]
    offset = index_from or 0
    return [start + [index + offset for index in row] for row in rows]


def shorter_than(
    rows: list[list[int]], labels: np.ndarray, maxlen: int | None
) -> tuple[list[list[int]], np.ndarray]:
    """The rows with fewer than `maxlen` words; None keeps all.

    Raises:
        ValueError: there are no such rows.
    """
    if not maxlen:
        return rows, labels
    indices = [i for i, row in enumerate(rows) if len(row) < maxlen]
    if not indices:
        raise ValueError(
            f"load_data(maxlen={maxlen}) keeps only texts with fewer words, and there "
            "are none. Write a larger maxlen, or pad_sequences(x, maxlen=...) to cut "
            "texts instead."
        )
    return [rows[i] for i in indices], np.asarray(labels)[indices]


def limited(
    rows: list[list[int]], num_words: int | None, skip_top: int, oov_char: int | None
) -> list[list[int]]:
    """Rows with indices outside [skip_top, num_words) as `oov_char`, or dropped."""
    if not num_words:
        num_words = max(max(row) for row in rows)
    if oov_char is None:
        return [[n for n in row if skip_top <= n < num_words] for row in rows]
    return [[n if skip_top <= n < num_words else oov_char for n in row] for row in rows]


def as_objects(rows: list[list[int]]) -> np.ndarray:
    """An object array of lists."""
    objects = np.empty(len(rows), dtype=object)
    objects[:] = rows
    return objects
