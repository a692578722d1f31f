"""Thumbnails of the rows of a data set, created on request."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nbkeras.analysis.image_samples.value_range import ValueRange, value_range
from nbkeras.core.annotations import PathLike
from nbkeras.image.files.arrays import img_to_array
from nbkeras.image.files.load import PictureError, load_img
from nbkeras.image.transform.resize import resize

SIDE = 96
# Thumbnail size for generators, whose images cannot be read again.
KEPT_SIDE = 48
KEPT_ROWS = 20_000
RANGE_ROWS = 256


class ArrayPictures:
    """Thumbnails of an array (n, height, width, channels) or (n, height, width).

    Args:
        images: the array; it is not copied.
        is_channels_first: whether the channels come first.
    """

    def __init__(self, images: Any, is_channels_first: bool = False) -> None:
        self.images, self.is_channels_first = images, is_channels_first
        rows = np.linspace(0, len(images) - 1, min(len(images), RANGE_ROWS)).astype(int)
        self.range: ValueRange = value_range([np.asarray(images[row]) for row in rows])

    def get(self, rows: Sequence[int]) -> list[np.ndarray]:
        """uint8 (height, width, 1 or 3) of each row, at most `SIDE` pixels."""
        return [self._one(np.asarray(self.images[row])) for row in rows]

    def _one(self, image):
        image = image.transpose(1, 2, 0) if self.is_channels_first else image
        return small(self.range.to_bytes(image), SIDE)


class FilePictures:
    """Thumbnails of image files; empty for a file that can no longer be read."""

    def __init__(self, paths: Sequence[PathLike]) -> None:
        self.paths = paths

    def get(self, rows: Sequence[int]) -> list[np.ndarray]:
        """uint8 (height, width, 3) of each row, at most `SIDE` pixels."""
        return [self._one(self.paths[row]) for row in rows]

    def _one(self, path):
        try:
            image = load_img(path, "rgb")
        except (PictureError, OSError):
            return np.zeros((1, 1, 3), "uint8")
        return small(img_to_array(image, "channels_last", "uint8"), SIDE)


class KeptPictures:
    """Thumbnails of a generator's first rows, stored while it is read."""

    def __init__(self, is_channels_first: bool = False) -> None:
        self.is_channels_first = is_channels_first
        self._images: list[np.ndarray] = []
        self._range: ValueRange | None = None

    def add(self, images: Any) -> None:
        """Store one batch, as far as there is room."""
        images = np.asarray(images)[: max(KEPT_ROWS - len(self._images), 0)]
        if not len(images):
            return
        if self.is_channels_first:
            images = images.transpose(0, 2, 3, 1)
        if self._range is None:
            self._range = value_range(images)
        self._images += [
            small(image, KEPT_SIDE) for image in self._range.to_bytes(images)
        ]

    def get(self, rows: Sequence[int]) -> list[np.ndarray]:
        """uint8 (height, width, 1 or 3) of each row; empty for rows not stored."""
        empty = np.zeros((1, 1, 3), "uint8")
        count = len(self._images)
        return [self._images[row] if row < count else empty for row in rows]


def small(image: np.ndarray, side: int) -> np.ndarray:
    """A uint8 image with at most `side` pixels on a side, and 1 or 3 channels."""
    image = image[..., None] if image.ndim == 2 else image
    image = image[..., :3] if image.shape[-1] >= 3 else image[..., :1]
    height, width = image.shape[:2]
    if max(height, width) > side:
        share = side / max(height, width)
        size = max(1, round(height * share)), max(1, round(width * share))
        image = np.rint(resize(image.astype("float32"), size, "area"))
    return np.ascontiguousarray(np.clip(image, 0, 255).astype("uint8"))
