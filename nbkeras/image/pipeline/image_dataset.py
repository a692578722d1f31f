"""`image_dataset_from_directory`: batches of images in class folders."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from nbkeras.core import check, settings
from nbkeras.core import rng as seeds
from nbkeras.core.annotations import DataFormat, PathLike
from nbkeras.data import labelled_files
from nbkeras.image.annotations import (
    ColorMode,
    DatasetSubset,
    ImageSize,
    LabelMode,
    ResizeInterpolation,
)
from nbkeras.image.files import folder
from nbkeras.image.files.arrays import img_to_array
from nbkeras.image.files.decoded_cache import DecodedImageCache
from nbkeras.image.files.load import MODES, load_img, shown
from nbkeras.image.pipeline.dataset import Dataset
from nbkeras.image.transform.resize import (
    INTERPOLATIONS,
    crop_to,
    resize,
    resize_with_pad,
)

_OWNER = "image_dataset_from_directory"


class ImageDataset(Dataset):
    """Batches `(images, labels)` of image files; each `for` loop is one epoch.

    Attributes:
        class_names: names of the classes in the order of their numbers, or None.
        file_paths: paths of the files, in the order of `shuffle=False`.
    """

    def __init__(
        self,
        paths: Sequence[str],
        labels: np.ndarray | None,
        class_names: Sequence[str] | None,
        steps: tuple[Callable[..., Any], Callable[..., Any]],
        batch_size: int | None,
        shuffle: bool,
        seed: int | None,
    ):
        self.file_paths, self.class_names = paths, class_names
        self._labels = labels
        self._decoded_images = DecodedImageCache()
        self._decode, self._resize = steps
        super().__init__(len(paths), batch_size, shuffle, seed)

    def _get_batches_of_transformed_samples(self, index_array):
        paths = [self.file_paths[index] for index in index_array]
        images = [
            self._decoded_images.get(path, functools.partial(self._decode, path))
            for path in paths
        ]
        x = np.stack([self._resize(image) for image in images])
        return x if self._labels is None else (x, self._labels[index_array])


def image_dataset_from_directory(
    directory: PathLike,
    labels: Literal["inferred"] | Sequence[int] | None = "inferred",
    label_mode: LabelMode = "int",
    class_names: Sequence[str] | None = None,
    color_mode: ColorMode = "rgb",
    batch_size: int | None = 32,
    image_size: ImageSize = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: DatasetSubset = None,
    interpolation: ResizeInterpolation = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    data_format: DataFormat | None = None,
    format: str | None = None,
    verbose: bool = True,
) -> Any:
    """Create a dataset of the images in a folder with one subfolder per class.

    Args:
        directory: the folder that contains the class folders.
        labels: "inferred" from the folders, None, or a list with one integer per file
            (files sorted by path).
        label_mode: "int" for int32 (batch,), "categorical" for one-hot float32
            (batch, classes), "binary" for float32 (batch, 1), None for no labels.
        class_names: class folders in the order of their numbers; None sorts them.
        color_mode: "rgb", "rgba" or "grayscale".
        batch_size: images per batch; None for single images.
        image_size: (height, width) in pixels.
        shuffle: whether each epoch has a new order; False sorts by class and name.
        seed: seed of the shuffling; None for a new one.
        validation_split: fraction of the files for validation, or None.
        subset: "training", "validation" or "both", with validation_split.
        interpolation: "nearest", "bilinear", "bicubic", "area", "lanczos3",
            "lanczos5", "gaussian" or "mitchellcubic", without antialiasing.
        follow_links: whether to follow links to folders; each folder is read once.
        crop_to_aspect_ratio: whether to crop the center to the aspect ratio of
            image_size.
        pad_to_aspect_ratio: whether to pad with black to the aspect ratio instead.
        data_format: "channels_last" or "channels_first"; None is the global setting.
        format: accepted for compatibility; images are NumPy arrays.
        verbose: whether to print the number of files.

    Returns:
        An `ImageDataset` of float32 images (batch, height, width, channels), 0-255,
        with labels; for "both" a list of two.

    Raises:
        FileNotFoundError: `directory` does not exist.
        NotADirectoryError: `directory` is a file.
        ValueError: there are no images or classes, or arguments are inconsistent.
    """
    size = check.ints(_OWNER, "image_size", image_size, 2, example=150)
    check.choice(_OWNER, "label_mode", label_mode, labelled_files.LABEL_MODES)
    if batch_size is not None:
        check.positive_int(_OWNER, "batch_size", batch_size)
    labelled_files.check_split(_OWNER, validation_split, subset, shuffle, seed)
    steps = _steps(
        check.choice(_OWNER, "color_mode", color_mode, tuple(MODES)),
        size,
        check.choice(_OWNER, "interpolation", interpolation, INTERPOLATIONS),
        crop_to_aspect_ratio,
        pad_to_aspect_ratio,
        settings.data_format(_OWNER, data_format),
    )
    seed = seeds.next_seed() if seed is None else seed
    label_mode = None if labels is None else label_mode
    root = folder.check_folder(_OWNER, directory)
    paths, numbers, names = _files(root, labels, label_mode, class_names, follow_links)
    order = np.arange(len(paths))
    if shuffle:
        np.random.RandomState(seed).shuffle(order)
    if verbose:
        suffix = "" if names is None else f" belonging to {len(names)} classes"
        print(f"Found {len(paths)} files{suffix}.")
    encoded = labelled_files.encode(_OWNER, numbers, label_mode, names)
    datasets = []
    for part, rows in labelled_files.parts(
        _OWNER, order, validation_split, subset, verbose
    ):
        part_labels = None if encoded is None else encoded[rows]
        files = [paths[row] for row in rows]
        shuffled = shuffle and not (subset == "both" and part == "validation")
        datasets.append(
            ImageDataset(files, part_labels, names, steps, batch_size, shuffled, seed)
        )
    return datasets if subset == "both" else datasets[0]


def _steps(color_mode, size, interpolation, crop, pad, data_format):
    if crop and pad:
        raise ValueError(
            f"{_OWNER}: crop_to_aspect_ratio and pad_to_aspect_ratio are mutually "
            "exclusive. Leave one of them out."
        )

    def decode(path):
        return img_to_array(load_img(path, color_mode), "channels_last", "uint8")

    def resize_image(x):
        if pad:
            x = resize_with_pad(x, size, interpolation)
        else:
            x = resize(crop_to(x, size) if crop else x, size, interpolation)
        return x.transpose(2, 0, 1) if data_format == "channels_first" else x

    return decode, resize_image


def _files(root, labels, label_mode, class_names, follow_links):
    """(paths, class numbers or None, class names or None)."""
    is_inferred = isinstance(labels, str)
    if is_inferred:
        check.choice(_OWNER, "labels", labels, ("inferred",))
        names = folder.class_names(_OWNER, root, class_names, label_mode is not None)
    elif class_names is not None:
        raise ValueError(
            f"{_OWNER}(class_names=...): class names need labels='inferred'. Leave "
            "class_names out."
        )
    filenames, numbers, _ = folder.list_images(
        root, names if is_inferred else ["."], follow_links
    )
    if not filenames:
        raise ValueError(f"{_OWNER}: no images below {shown(root)}. {folder.LAYOUT}")
    paths = [str(root / name) for name in filenames]
    if is_inferred:
        return paths, numbers, names
    if labels is None:
        return paths, None, None
    if len(labels) != len(filenames):
        raise ValueError(
            f"{_OWNER}(labels=...): {len(labels)} labels for {len(filenames)} images "
            f"below {shown(root)}. Give one label for each image, in the order of the "
            "sorted paths."
        )
    return paths, list(labels), [str(label) for label in sorted(set(labels))]
