"""`nbkeras.preview`: an interactive preview of data augmentation."""

import os
from collections.abc import Iterable, Sequence
from typing import Any

from numpy.typing import ArrayLike

from nbkeras.analysis.image_samples.samples import collect_samples
from nbkeras.compat.image_generator import ImageDataGenerator
from nbkeras.core import check
from nbkeras.layers.engine.layer import Layer
from nbkeras.notebook.augmentation.session import AugmentationSession
from nbkeras.notebook.augmentation.widget import Studio

MOST = 48
Path = str | os.PathLike[str]


def preview(
    datagen_or_layers: ImageDataGenerator | Layer | Sequence[Layer] | Iterable[Any],
    images: ArrayLike
    | tuple[Any, Any]
    | Path
    | Sequence[Path]
    | Iterable[Any]
    | None = None,
    *,
    seed: int = 0,
    count: int = 12,
    size: tuple[int, int] | None = None,
    class_names: Sequence[str] | None = None,
    pictures: int = 12,
) -> Studio:
    """Preview data augmentation: variants of an image, with all arguments.

    Opens the augmentation studio. Variant k is
    `datagen.standardize(datagen.random_transform(x, seed=seed + k))`; for layers, their
    output for `count` copies of x with `training=True`, after
    `nbkeras.utils.set_random_seed(seed)`.

    Args:
        datagen_or_layers: an ImageDataGenerator, a random layer such as RandomFlip, or
            a list or Sequential of layers. It is not changed. An iterator of an
            ImageDataGenerator brings its images with it.
        images: array of images (count, height, width, channels) or a single one,
            (x, y), a folder, a file or a list of files, or an iterator of batches.
        seed: random seed of the first variant.
        count: number of variants, at most 48.
        size: (height, width) to read files at, your target_size; otherwise files and
            arrays are shown with at most 128 pixels on a side.
        class_names: class names, in the order of the class numbers.
        pictures: number of images to choose from, at most 48.

    Returns:
        The studio, a widget: `.datagen` or `.layers` with the chosen settings, `.code`
        that makes them, `.variants` (arrays), `.figure()` for Matplotlib.

    Raises:
        ValueError: no images, or an argument out of range.
        TypeError: neither an ImageDataGenerator nor layers.
        FileNotFoundError: no such folder or file.

    >>> from nbkeras.layers import RandomRotation
    >>> studio = preview(RandomRotation(0.1), np.ones((2, 32, 32, 3)), count=4)
    >>> studio.variants.pictures.shape
    (4, 32, 32, 3)
    """
    if images is None and getattr(datagen_or_layers, "image_data_generator", None):
        images = datagen_or_layers
        datagen_or_layers = images.image_data_generator
    if images is None:
        raise ValueError(
            "preview(datagen): there are no images to show. Write for example "
            'preview(datagen, x_train) or preview(datagen, "data/train").'
        )
    seed = check.whole("preview", "seed", seed)
    count = check.positive_int("preview", "count", count, example=12)
    pictures = check.positive_int("preview", "pictures", pictures, example=12)
    if max(count, pictures) > MOST:
        name = "count" if count > MOST else "pictures"
        raise ValueError(
            f"preview({name}={max(count, pictures)}): at most {MOST} are shown. Write "
            f"for example {name}=12."
        )
    if size is not None:
        size = check.ints("preview", "size", size, 2, example=150)
    data_format = getattr(datagen_or_layers, "data_format", None)
    samples = collect_samples(
        "preview", images, pictures, size, class_names, data_format
    )
    return Studio(AugmentationSession(datagen_or_layers, samples, count), seed=seed)
