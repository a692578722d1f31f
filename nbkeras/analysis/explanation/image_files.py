"""Image files as inputs of a model, for `explain`."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nbkeras.analysis.image_samples.model_input import expected_range, image_input_of
from nbkeras.analysis.image_samples.samples import collect_samples
from nbkeras.image.files import folder
from nbkeras.image.files.load import shown

# Images taken from a folder.
FROM_FOLDER = 12

Preprocess = Callable[[np.ndarray], Any]


@dataclass(frozen=True)
class ImageFiles:
    """Images read from files, at the input size of a model.

    Attributes:
        images: (count, ...) float32, with the channels where the model has them.
        paths: the path of each image.
        class_names: sorted names of the class folders, or None.
    """

    images: np.ndarray
    paths: tuple[str, ...]
    class_names: list[str] | None = None


def are_files(images: Any) -> bool:
    """Whether `images` is a path or a list of paths."""
    if isinstance(images, list | tuple) and images:
        images = images[0]
    return isinstance(images, str | bytes | os.PathLike)


def read_files(
    owner: str, model: Any, images: Any, preprocess: Preprocess | None, most: int
) -> ImageFiles:
    """Read a file, a list of files, or a folder.

    Args:
        owner: name of the public function, for messages.
        model: built; it determines the size of the images.
        images: the path of a file or folder, or a list of paths of files.
        preprocess: function of float32 (height, width, channels) with values 0 to 255;
            None scales to the range that the model expects.
        most: maximum number of files; of a folder, at most 12 are read.

    Raises:
        ValueError: the model has no fixed input size, or no file can be read.
        FileNotFoundError: there is no such file or folder.
    """
    image_input = image_input_of(model)
    if image_input is None:
        raise ValueError(
            f"{owner}: the model has no single image input of a fixed size, so that "
            "files cannot be read at its size. Give an array (count, height, width, "
            "channels), or begin the model with Input((150, 150, 3))."
        )
    path = None if isinstance(images, list | tuple) else Path(os.fsdecode(images))
    is_folder = path is not None and path.is_dir()
    samples = collect_samples(
        owner,
        images,
        min(most, FROM_FOLDER) if is_folder else most,
        image_input.size,
        color_mode=image_input.color_mode,
    )
    values = expected_range(model.walk())
    pictures = []
    for picture in samples.pictures:
        x = np.asarray(picture, "float32")
        x = x * (values.high / 255) if preprocess is None else preprocess(x)
        pictures.append(np.asarray(x, "float32"))
    array = np.stack(pictures)
    if image_input.is_channels_first:
        array = np.moveaxis(array, -1, 1)
    names = [shown(name) for name in folder.class_folders(path)] if is_folder else None
    return ImageFiles(array, tuple(samples.files), names or None)
