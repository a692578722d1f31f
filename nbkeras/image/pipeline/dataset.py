"""`image_dataset_from_directory`: the pictures of a folder as batches."""

import functools

import numpy as np

from nbkeras.core import check, settings
from nbkeras.core import rng as seeds
from nbkeras.data import labelled_files
from nbkeras.image.dataset import Dataset
from nbkeras.image.files import folder
from nbkeras.image.files.arrays import img_to_array
from nbkeras.image.files.decoded_cache import Kept
from nbkeras.image.files.load import MODES, load_img, shown
from nbkeras.image.transform.resize import (
    INTERPOLATIONS,
    crop_to,
    resize,
    resize_with_pad,
)

_OWNER = "image_dataset_from_directory"


class ImageDataset(Dataset):
    """Batches `(images, labels)` of picture files; each `for` loop is one pass.

    Attributes:
        class_names: names of the classes in the order of their numbers, or None.
        file_paths: the files, in the order of `shuffle=False`.
    """

    def __init__(self, paths, labels, class_names, steps, batch_size, shuffle, seed):
        self.file_paths, self.class_names = paths, class_names
        self._labels = labels
        self._kept, (self._decode, self._fit) = Kept(), steps
        super().__init__(len(paths), batch_size, shuffle, seed)

    def _get_batches_of_transformed_samples(self, index_array):
        paths = [self.file_paths[index] for index in index_array]
        read = [self._kept.get(p, functools.partial(self._decode, p)) for p in paths]
        x = np.stack([self._fit(each) for each in read])
        return x if self._labels is None else (x, self._labels[index_array])


def image_dataset_from_directory(
    directory,
    labels="inferred",
    label_mode="int",
    class_names=None,
    color_mode="rgb",
    batch_size=32,
    image_size=(256, 256),
    shuffle=True,
    seed=None,
    validation_split=None,
    subset=None,
    interpolation="bilinear",
    follow_links=False,
    crop_to_aspect_ratio=False,
    pad_to_aspect_ratio=False,
    data_format=None,
    format=None,
    verbose=True,
):
    """Batches of the pictures of a folder that has one folder for each class.

    Args:
        directory: the folder that holds the class folders.
        labels: "inferred" from the folders, None, or a list with one integer for each
            file (files sorted by path).
        label_mode: "int" int32 (batch,), "categorical" float32 one-hot, "binary"
            float32 (batch, 1), None no labels.
        class_names: class folders in the order wanted; None is all of them, sorted.
        color_mode: "rgb", "rgba" or "grayscale".
        batch_size: pictures a batch; None for single pictures.
        image_size: (height, width) in pixels.
        shuffle: a new order in each pass; False sorts by class and name.
        seed: an integer, or None for a new one.
        validation_split: fraction of the files for validation, or None.
        subset: "training", "validation" or "both", with validation_split.
        interpolation: "nearest", "bilinear", "bicubic", "area", "lanczos3",
            "lanczos5", "gaussian", "mitchellcubic"; nothing is smoothed first.
        follow_links: also read linked folders, each real one once.
        crop_to_aspect_ratio: crop the middle to the proportions of image_size.
        pad_to_aspect_ratio: keep the whole picture, black beside it.
        data_format: None is the global choice.
        format: accepted and not used: what comes is always NumPy arrays.
        verbose: print what was found.

    Returns:
        An `ImageDataset` of float32 pictures 0-255; for "both" a list of two.

    Raises:
        FileNotFoundError, NotADirectoryError: no such folder.
        ValueError: no pictures or classes, or arguments that do not go together.
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
    root = folder.must_be_folder(_OWNER, directory)
    paths, numbers, names = _files(root, labels, label_mode, class_names, follow_links)
    order = np.arange(len(paths))
    if shuffle:
        np.random.RandomState(seed).shuffle(order)
    if verbose:
        tail = "" if names is None else f" belonging to {len(names)} classes"
        print(f"Found {len(paths)} files{tail}.")
    encoded = labelled_files.encode(_OWNER, numbers, label_mode, names)
    made = []
    for part, rows in labelled_files.parts(
        _OWNER, order, validation_split, subset, verbose
    ):
        chosen = None if encoded is None else encoded[rows]
        files = [paths[row] for row in rows]
        mixed = shuffle and not (subset == "both" and part == "validation")
        made.append(ImageDataset(files, chosen, names, steps, batch_size, mixed, seed))
    return made if subset == "both" else made[0]


def _steps(color_mode, size, interpolation, crop, pad, data_format):
    if crop and pad:
        raise ValueError(
            f"{_OWNER}: crop_to_aspect_ratio and pad_to_aspect_ratio exclude each "
            "other. Leave one of them out."
        )

    def decode(path):
        return img_to_array(load_img(path, color_mode), "channels_last", "uint8")

    def fit(x):
        if pad:
            x = resize_with_pad(x, size, interpolation)
        else:
            x = resize(crop_to(x, size) if crop else x, size, interpolation)
        return x.transpose(2, 0, 1) if data_format == "channels_first" else x

    return decode, fit


def _files(root, labels, label_mode, class_names, follow_links):
    """(paths, class numbers or None, class names or None)."""
    inferred = isinstance(labels, str)
    if inferred:
        check.choice(_OWNER, "labels", labels, ("inferred",))
        names = folder.class_names(_OWNER, root, class_names, label_mode is not None)
    elif class_names is not None:
        raise ValueError(
            f"{_OWNER}(class_names=...): class names need labels='inferred'. Leave "
            "class_names out."
        )
    found, numbers, _ = folder.pictures(
        root, names if inferred else ["."], follow_links
    )
    if not found:
        raise ValueError(f"{_OWNER}: no pictures below {shown(root)}. {folder.LAYOUT}")
    paths = [str(root / each) for each in found]
    if inferred:
        return paths, numbers, names
    if labels is None:
        return paths, None, None
    if len(labels) != len(found):
        raise ValueError(
            f"{_OWNER}(labels=...): {len(labels)} labels for {len(found)} pictures "
            f"below {shown(root)}. Give one for each, in the order of the sorted paths."
        )
    return paths, list(labels), [str(each) for each in sorted(set(labels))]
