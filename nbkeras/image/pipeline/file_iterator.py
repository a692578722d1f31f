"""Iterators over image files, and the one of `flow_from_directory`."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nbkeras.core import check, notices, settings
from nbkeras.core import rng as seeds
from nbkeras.core.annotations import DataFormat, DTypeLike, PathLike
from nbkeras.image.annotations import (
    ClassMode,
    ColorMode,
    FileInterpolation,
    ImageSize,
    Subset,
)
from nbkeras.image.files import folder
from nbkeras.image.files.arrays import array_to_img, img_to_array, write_image
from nbkeras.image.files.decoded_cache import DecodedImageCache
from nbkeras.image.files.load import (
    INTERPOLATIONS,
    MODES,
    PictureError,
    load_img,
    shown,
)
from nbkeras.image.pipeline.iterator import Iterator, split_bounds
from nbkeras.image.transform.image_transforms import ImageTransforms

_CHANNELS = {"grayscale": 1, "rgb": 3, "rgba": 4}
LABELLED = ("categorical", "binary", "sparse")


class FileIterator(Iterator):
    """Base class of iterators over files: settings, reading, labels.

    A subclass sets `filepaths`, `classes`, `class_mode`... and then calls `start`.
    """

    owner = "flow"
    class_mode: Any
    class_indices: Any
    classes: Any

    def prepare(
        self,
        generator: Any,
        target_size: ImageSize,
        color_mode: ColorMode,
        data_format: DataFormat | None,
        dtype: DTypeLike | None,
        save: tuple[PathLike | None, str, str],
        interpolation: FileInterpolation,
        keep_aspect_ratio: bool,
    ) -> None:
        """Check and set how images are read; `save` is (folder, prefix, format).

        The other arguments are those of `ImageDataGenerator.flow_from_directory`.

        Raises:
            ValueError: an argument has an invalid value.
        """
        owner = self.owner
        self.image_data_generator = generator
        self.target_size = check.ints(owner, "target_size", target_size, 2, example=150)
        self.color_mode = check.choice(owner, "color_mode", color_mode, tuple(MODES))
        self.interpolation = check.choice(
            owner, "interpolation", interpolation, INTERPOLATIONS
        )
        self.keep_aspect_ratio = keep_aspect_ratio
        self.data_format = settings.data_format(owner, data_format)
        self.dtype = dtype or settings.floatx()
        self.save_to_dir, self.save_prefix, self.save_format = save
        channels = (_CHANNELS[color_mode],)
        last = self.data_format == "channels_last"
        size = self.target_size
        self.image_shape = size + channels if last else channels + size
        self.on_error = getattr(generator, "on_error", "raise")
        self.skipped, self._num_empty = [], 0

    def start(
        self,
        filenames: Sequence[str],
        filepaths: Sequence[str],
        batch_size: int,
        shuffle: bool,
        seed: int | None,
    ) -> None:
        """Set the files, as (names, paths), and start with the first batch."""
        self.filenames, self.filepaths = filenames, filepaths
        self.samples = len(filepaths)
        self._decoded_images = DecodedImageCache()
        Iterator.__init__(self, self.samples, batch_size, shuffle, seed)

    @property
    def labels(self) -> Any:
        """Class numbers (files,)."""
        return self.classes

    @property
    def sample_weight(self) -> np.ndarray | None:
        """Sample weights (files,), or None."""
        return None

    def _get_batches_of_transformed_samples(self, index_array):
        readable, images = [], []
        for index in index_array:
            try:
                images.append(self._read(index))
            except (PictureError, FileNotFoundError) as error:
                self._skip(index, error)
                continue
            readable.append(index)
        if not readable:
            return None
        rows = np.array(readable)
        batch_x = self._augmented(images, rows)
        if self.save_to_dir:
            save_batch(self, batch_x, rows)
        batch = (batch_x,)
        if self.class_mode is not None:
            batch += (self._targets_of(rows, batch_x),)
            if self.sample_weight is not None:
                batch += (self.sample_weight[rows],)
        return batch if len(batch) > 1 else batch_x

    def _read(self, index):
        """The decoded uint8 image of one file, from the cache if possible."""
        path = self.filepaths[index]
        return self._decoded_images.get(path, functools.partial(self._decode, path))

    def _decode(self, path):
        image = load_img(
            path,
            self.color_mode,
            self.target_size,
            self.interpolation,
            self.keep_aspect_ratio,
            exif=not getattr(self.image_data_generator, "keras_compat", False),
        )
        return img_to_array(image, self.data_format, "uint8")

    def _name_of_sample(self, index):
        return shown(self.filepaths[index])

    def _skip(self, index, error):
        if self.on_error != "skip":
            raise error
        path = self.filepaths[index]
        with self.lock:
            if path not in self.skipped:
                self.skipped.append(path)
        if len(self.skipped) - self._num_empty >= self.n:
            raise PictureError(
                f"None of the {self.n} images can be read. The last: {error}"
            ) from error
        notices.once(
            ("skipped", id(self)),
            f"Skipped an image: {error} All skipped files are listed in `.skipped`.",
        )

    def _targets_of(self, rows, batch_x):
        if self.class_mode == "input":
            return batch_x.copy()
        if self.class_mode == "categorical":
            one_hot = np.zeros((len(rows), len(self.class_indices)), self.dtype)
            for i, row in enumerate(rows):
                one_hot[i, self.classes[row]] = 1
            return one_hot
        return np.array([self.classes[row] for row in rows], self.dtype)


class DirectoryIterator(FileIterator):
    """Batches of images from a folder with one folder for each class.

    Created by `ImageDataGenerator.flow_from_directory`, which documents the arguments.
    """

    owner = "flow_from_directory"
    class_modes = (*LABELLED, "input", None)

    def __init__(
        self,
        directory: PathLike,
        image_data_generator: ImageTransforms | None,
        target_size: ImageSize = (256, 256),
        color_mode: ColorMode = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: ClassMode = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: DataFormat | None = None,
        save_to_dir: PathLike | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: Subset = None,
        interpolation: FileInterpolation = "nearest",
        keep_aspect_ratio: bool = False,
        dtype: DTypeLike | None = None,
    ):
        self.prepare(
            image_data_generator,
            target_size,
            color_mode,
            data_format,
            dtype,
            (save_to_dir, save_prefix, save_format),
            interpolation,
            keep_aspect_ratio,
        )
        owner = self.owner
        self.class_mode = check.choice(
            owner, "class_mode", class_mode, self.class_modes
        )
        self.subset, self.directory = subset, directory
        self.split = split_bounds(owner, image_data_generator, subset)
        check.positive_int(owner, "batch_size", batch_size)
        self._scan(folder.check_folder(owner, directory), classes, follow_links)
        print(f"Found {self.samples} images belonging to {self.num_classes} classes.")
        paths = [str(Path(directory) / name) for name in self.filenames]
        self.start(self.filenames, paths, batch_size, shuffle, seed)

    def _scan(self, root, classes, follow_links):
        labelled = self.class_mode in LABELLED
        names = folder.class_names(self.owner, root, classes, labelled)
        if self.class_mode == "binary" and len(names) != 2:
            raise ValueError(
                f"{self.owner}(class_mode='binary'): {shown(root)} has {len(names)} "
                f"classes ({', '.join(shown(n) for n in names[:10])}), binary labels "
                "need 2. Write class_mode='categorical', or name two in classes=[...]."
            )
        filenames, labels, empty = folder.list_images(
            root, names, follow_links, self.split, empty_ok=self.on_error == "skip"
        )
        if not filenames:
            part = f" in the {self.subset} part" if self.subset else ""
            raise ValueError(
                f"{self.owner}: no images{part} below {shown(root)}, in the folders "
                f"{', '.join(shown(n) for n in names[:10])}. {folder.LAYOUT}"
            )
        self.num_classes = len(names)
        self.class_indices = {name: number for number, name in enumerate(names)}
        self.filenames, self.samples = filenames, len(filenames)
        self.classes = np.array(labels, "int32")
        self.skipped, self._num_empty = list(empty), len(empty)


def save_batch(iterator: Iterator, batch_x: np.ndarray, rows: np.ndarray) -> None:
    """Save the images of a batch to `save_to_dir`, for inspection."""
    target = Path(iterator.save_to_dir)
    target.mkdir(parents=True, exist_ok=True)
    kind = iterator.save_format
    for x, row in zip(batch_x, rows, strict=True):
        number = seeds.derive(iterator._sample_seed(row), "file") % 10_000_000
        name = f"{iterator.save_prefix}_{row}_{number}.{kind}"
        image = array_to_img(x, iterator.data_format, scale=True)
        kind = "jpeg" if kind.lower() == "jpg" else kind
        write_image(image, target / name, kind)
