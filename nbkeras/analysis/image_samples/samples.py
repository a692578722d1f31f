"""Collect a few images with labels from arrays, folders and iterators."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from nbkeras.analysis.data_report.folder_report import FolderReport, walk_pictures
from nbkeras.analysis.image_samples.label_text import label_texts
from nbkeras.core import check
from nbkeras.image.files import folder
from nbkeras.image.files.arrays import img_to_array
from nbkeras.image.files.load import PictureError, as_file, load_img, shown
from nbkeras.image.transform.resize import resize

SIDE = 128
CHANNELS = (1, 3, 4)


@dataclass
class Samples:
    """A few images to display.

    Attributes:
        pictures: list of (height, width, channels) arrays, at most `SIDE` pixels wide
            and high unless a size is requested.
        labels: one text per image; "" without a label.
        files: the path of each image; empty for arrays.
        skipped: a sentence for each unreadable file.
        smaller: whether images were downscaled.
    """

    pictures: list = field(default_factory=list)
    labels: list = field(default_factory=list)
    files: list = field(default_factory=list)
    skipped: list = field(default_factory=list)
    smaller: bool = False

    def add(self, picture, label, fit):
        """Add an image; `fit` downscales large ones."""
        picture = np.asarray(picture)
        high, wide = picture.shape[:2]
        if fit and max(high, wide) > SIDE:
            scale = SIDE / max(high, wide)
            size = (max(1, round(high * scale)), max(1, round(wide * scale)))
            dtype = picture.dtype
            picture = resize(picture.astype("float32"), size, "area")
            if dtype.kind in "iu":
                limits = np.iinfo(dtype)
                picture = np.rint(picture).clip(limits.min, limits.max).astype(dtype)
            self.smaller = True
        self.pictures.append(picture)
        self.labels.append(str(label))


def collect_samples(
    owner,
    images,
    most=12,
    size=None,
    class_names=None,
    data_format=None,
    color_mode="rgb",
):
    """Collect at most `most` images.

    Args:
        owner: name of the calling function, for errors.
        images: array of images, one image, (x, y), folder, file name, list of these, an
            iterator of `ImageDataGenerator` (whose original images are used), or an
            iterable of batches.
        most: maximum number of images.
        size: (height, width) to which files are resized; None keeps the aspect ratio.
        class_names: names in the order of the class numbers.
        data_format: data format of arrays; "channels_first" is transposed.
        color_mode: color mode of files, as for `load_img`.

    Returns:
        Samples with at least one image.

    Raises:
        ValueError, TypeError, FileNotFoundError: there are no images.
    """
    samples = Samples()
    if isinstance(images, str | bytes | os.PathLike):
        path = Path(os.fsdecode(images))
        if path.is_file():
            files = [(path, "")]
        elif folder.is_image_name(path.name) and not path.is_dir():
            as_file(path)  # says that there is no such file
            files = []
        else:
            files = _of_folder(owner, images, most)
        _read(samples, files, most, size, color_mode)
    elif hasattr(images, "filepaths") and hasattr(images, "target_size"):
        files = _of_files(images, class_names, most)
        _read(samples, files, most, images.target_size, color_mode)
    elif isinstance(images, list | tuple) and images and _is_path(images[0]):
        files = [(Path(os.fsdecode(entry)), "") for entry in images]
        _read(samples, files, most, size, color_mode)
    else:
        x, labels = _arrays(owner, images, class_names, most, data_format)
        for picture, label in zip(
            _pictures(owner, x, data_format), labels, strict=False
        ):
            samples.add(picture, label, fit=True)
    if not samples.pictures:
        reason = f" The first reason: {samples.skipped[0]}" if samples.skipped else ""
        raise ValueError(
            f"{owner}: none of the images can be shown.{reason} Give a folder of "
            f'images or an array of them, for example {owner}(datagen, "data/train").'
        )
    return samples


def _is_path(value):
    return isinstance(value, str | bytes | os.PathLike)


def _of_folder(owner, directory, most):
    """[(path, class name)] of files spread evenly over the classes."""
    root = folder.check_folder(owner, directory)
    by_class = []
    for name in folder.class_folders(root) or ["."]:
        label = "" if name == "." else shown(name)
        files = sorted(walk_pictures(root / name, FolderReport("")))
        by_class.append([(path, label) for path in files])
    if not any(by_class):
        by_class = [
            [(path, "") for path in sorted(walk_pictures(root, FolderReport("")))]
        ]
    if not any(by_class):
        raise ValueError(
            f"{owner}({shown(directory)!r}): there are no images in this folder. "
            f"{folder.LAYOUT}"
        )
    alternating = [
        files_of_class[k]
        for k in range(most)
        for files_of_class in by_class
        if k < len(files_of_class)
    ]
    # Twice as many, so that unreadable files can be skipped.
    return alternating[: 2 * most]


def _of_files(iterator, class_names, most):
    """[(path, label)] of files of an iterator over files."""
    rows = _spread(iterator, most)
    names = class_names or sorted(
        getattr(iterator, "class_indices", None) or {},
        key=lambda n: iterator.class_indices[n],
    )
    labels = [""] * len(rows)
    if (
        iterator.class_mode is not None
        and getattr(iterator, "classes", None) is not None
    ):
        numbers = np.asarray(iterator.classes, object)[rows]
        if all(check.is_int(number) for number in numbers):
            labels, _ = label_texts(numbers.astype(int), names or None)
    return [(Path(iterator.filepaths[r]), n) for r, n in zip(rows, labels, strict=True)]


def _spread(iterator, most):
    """Indices spread evenly over the files, so that every class is included."""
    count = min(len(iterator.filepaths), most)
    return np.linspace(0, len(iterator.filepaths) - 1, count).round().astype(int)


def _read(samples, files, most, size, color_mode):
    for path, label in files:
        if len(samples.pictures) == most:
            return
        try:
            image = load_img(path, color_mode, size)
        except (PictureError, FileNotFoundError) as error:
            samples.skipped.append(str(error))
            continue
        samples.add(img_to_array(image, "channels_last", "uint8"), label, fit=not size)
        samples.files.append(str(path))


def _arrays(owner, images, class_names, most, data_format=None):
    """(images, label texts) of arrays or batches."""
    y = None
    if hasattr(images, "image_data_generator") and hasattr(images, "x"):
        images = (images.x, images.y)
    elif not isinstance(images, np.ndarray | list | tuple) and not hasattr(
        images, "__array__"
    ):
        images, class_names = first_batch(owner, images, class_names)
    if isinstance(images, tuple) and len(images) > 1 and np.ndim(images[0]) >= 3:
        images, y = images[0], images[1]
    if not isinstance(images, list | tuple):
        images = np.asarray(images)
        channels = 0 if data_format == "channels_first" else -1
        if images.ndim == 2 or (
            images.ndim == 3 and images.shape[channels] in CHANNELS
        ):
            images = images[None]
    x = images[:most]
    if y is None:
        return x, [""] * len(x)
    y = {k: v[: len(x)] for k, v in y.items()} if isinstance(y, dict) else y[: len(x)]
    return x, label_texts(y, class_names)[0]


def first_batch(owner, batches, class_names=None):
    """((x, y) or x, class names) of the first batch; own iterators do not advance."""
    indices = getattr(batches, "class_indices", None)
    if class_names is None and indices:
        class_names = sorted(indices, key=indices.get)
    class_names = class_names or getattr(batches, "class_names", None)
    if hasattr(batches, "peek"):
        batch = batches.peek()
        content = None if batch is None else (batch.x, batch.y)
    elif hasattr(batches, "__next__"):
        content = next(batches, None)
    elif hasattr(batches, "__getitem__") and hasattr(batches, "__len__"):
        content = batches[0]
    elif isinstance(batches, Iterable):
        content = next(iter(batches), None)
    else:
        raise TypeError(
            f"{owner}: cannot find images in a {type(batches).__name__}. Give an "
            "array (count, height, width, channels), a folder, or an iterator of "
            "batches."
        )
    if content is None:
        raise ValueError(
            f"{owner}: the iterator yields no batch; it is empty or exhausted."
        )
    if isinstance(content, list):
        content = content[0] if len(content) == 1 else tuple(content)
    if isinstance(content, tuple) and (len(content) == 1 or content[1] is None):
        content = content[0]
    return content, class_names


def _pictures(owner, x: Any, data_format=None):
    """Each image as (height, width, channels)."""
    pictures = []
    for picture in map(np.asarray, x):
        picture = picture[..., None] if picture.ndim == 2 else picture
        if picture.ndim != 3 or picture.dtype.kind not in "fiub" or not picture.size:
            raise ValueError(
                f"{owner}: an image has shape (height, width, channels) and numeric "
                f"values, got {picture.dtype} of shape {picture.shape}. Give an array "
                "of images, for example x_train[:12]."
            )
        is_channels_first = (
            data_format == "channels_first" and picture.shape[0] in CHANNELS
        )
        picture = picture.transpose(1, 2, 0) if is_channels_first else picture
        pictures.append(picture.astype("uint8") if picture.dtype == bool else picture)
    return pictures
