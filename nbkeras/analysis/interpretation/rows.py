"""Read any data set row by row: inputs, labels, file names, thumbnails."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jax
import numpy as np

from nbkeras.analysis.image_samples.model_input import expected_range, image_input_of
from nbkeras.analysis.interpretation.pictures import (
    ArrayPictures,
    FilePictures,
    KeptPictures,
)
from nbkeras.data.adapters import as_batches
from nbkeras.data.batches import Batch
from nbkeras.image.files import folder
from nbkeras.image.files.load import shown
from nbkeras.image.pipeline.image_dataset import image_dataset_from_directory

Pictures = ArrayPictures | FilePictures | KeptPictures


@dataclass
class DataRows:
    """A data set that is read once.

    Attributes:
        batches: iterable of batches. limit: number of batches to read, or None.
        class_names: names of the classes, if the data has them.
        files: the path of each row in reading order, None without files.
        folder: parent of the class folders, or None.
        pictures: thumbnails of the rows, None if they are not images.
        paths: paths of all files of the data set, in its own order.
        order: row numbers in the input arrays, in reading order; None if they are
            consecutive.
        scale: factor of the inputs: images of a folder have values from 0 to 255.
    """

    batches: Any
    limit: int | None = None
    class_names: list[str] | None = None
    files: list[str] | None = None
    folder: str | None = None
    pictures: Pictures | None = None
    order: Any = field(default=None, repr=False)
    paths: Any = field(default=None, repr=False)
    scale: float = 1.0

    def read(self) -> Iterator[Batch]:
        """Yield the batches of one pass, recording files and thumbnails."""
        start = 0
        for number, batch in enumerate(self.batches.epoch(0)):
            if number == self.limit:
                return
            if self.files is not None:
                start = self._note_files(batch, start)
            if isinstance(self.pictures, KeptPictures):
                image = image_of(batch.x)
                if image is None:
                    self.pictures = None
                else:
                    self.pictures.add(image[: batch.rows])
            yield batch if self.scale == 1 else batch._replace(x=batch.x * self.scale)
        if self.files is not None:
            self.pictures = FilePictures(self.files)

    def _note_files(self, batch, start):
        """Record the files of a batch, without skipped (broken) ones."""
        size = getattr(self.batches, "batch_size", None) or 1
        skipped = set(map(str, getattr(self.batches, "skipped", ()) or ()))
        paths = self._readable(start, size, skipped)
        while not paths:  # a batch without any readable file was not yielded
            start += size
            paths = self._readable(start, size, skipped)
        assert self.files is not None
        self.files += paths[: batch.rows]
        return start + size

    def _readable(self, start, size, skipped):
        paths = [str(self.paths[i]) for i in self.order[start : start + size]]
        return [path for path in paths if path not in skipped]


def data_rows(
    owner: str,
    model: Any,
    x: Any,
    y: Any,
    batch_size: int,
    steps: int | None,
    is_channels_first: bool,
) -> DataRows:
    """DataRows of arrays, (x, y), a folder, an iterator or a data set.

    Args:
        owner: name of the public function, for messages.
        model: built; it determines the size at which a folder's files are read.
        x, y: as in `fit`, or a folder.
        batch_size: batch size for arrays and folders.
        steps: batches to read; required for an endless generator.
        is_channels_first: whether arrays have channels first.

    Raises:
        ValueError, TypeError, FileNotFoundError: the data cannot be read.
    """
    scale = 1.0
    if isinstance(x, str | os.PathLike) and y is None:
        x = _folder(owner, model, x, batch_size)
        scale = expected_range(model.walk()).high / 255
    if isinstance(x, tuple) and y is None and len(x) in (2, 3) and not _are_batches(x):
        x, y = x[0], x[1]
    indices = getattr(x, "class_indices", None) or {}
    names = sorted(indices, key=lambda name: indices[name])
    names = names or list(getattr(x, "class_names", None) or [])
    paths = getattr(x, "filepaths", None)
    paths = getattr(x, "file_paths", None) if paths is None else paths
    if hasattr(x, "order") and hasattr(x, "epoch"):
        rows = DataRows(x, steps, [shown(name) for name in names] or None)
        rows.order, rows.scale = x.order(0), scale
        if paths is not None:
            rows.files, rows.paths = [], paths
            rows.folder = _class_folder(x, paths, names)
            rows.pictures = FilePictures([])
        elif getattr(x, "x", None) is not None and np.ndim(x.x) >= 3:
            rows.pictures = KeptPictures(is_channels_first)
        return rows
    are_arrays = y is not None
    size = batch_size if are_arrays else None
    batches = as_batches(
        x,
        y,
        batch_size=size,
        steps=steps,
        continuous=False,
        owner=owner,
        raise_nonfinite=None,
    )
    rows = DataRows(batches, None, names or None)
    if are_arrays:
        image = image_of(x)
        if image is not None:
            rows.pictures = ArrayPictures(image, is_channels_first)
    else:
        rows.pictures = KeptPictures(is_channels_first)
    return rows


def image_of(x: Any) -> Any:
    """The first array of images among the inputs, or None."""
    leaves = [leaf for leaf in jax.tree.leaves(x) if hasattr(leaf, "ndim")]
    for ndim in (4, 3):
        for leaf in leaves:
            if leaf.ndim == ndim:
                return leaf
    return None


def _are_batches(x):
    return bool(x) and isinstance(x[0], tuple)


def _folder(owner, model, path, batch_size):
    """The images of a folder, at the input size of the model."""
    folder.check_folder(owner, path)
    images = image_input_of(model)
    if images is None:
        raise ValueError(
            f"{owner}({shown(path)!r}): the model does not say which size its images "
            "have. Write for example data = nbkeras.utils.image_dataset_from_directory("
            f"{shown(path)!r}, image_size=(150, 150)), then {owner}(model, data)."
        )
    return image_dataset_from_directory(
        path,
        color_mode=images.color_mode,
        image_size=images.size,
        batch_size=batch_size,
        shuffle=False,
        data_format="channels_first" if images.is_channels_first else "channels_last",
        verbose=False,
    )


def _class_folder(flow, paths, names):
    """The parent of the class folders of `paths`, or None without class folders."""
    directory = getattr(flow, "directory", None)
    if directory:
        return str(directory)
    class_folders = {Path(path).parent for path in paths}
    parents = {parent.parent for parent in class_folders}
    are_classes = {parent.name for parent in class_folders} <= set(map(str, names))
    return str(parents.pop()) if len(parents) == 1 and are_classes else None
