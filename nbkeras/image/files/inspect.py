"""Inspect one image file: size, mode, format, sha256 and a thumbnail."""

import hashlib
import io
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nbkeras.core.annotations import PathLike
from nbkeras.image.files.load import (
    PictureError,
    as_file,
    broken_image_error,
    open_image,
    shown,
)

MAX_BYTES = 2**28
_SWAPS_SIDES = (5, 6, 7, 8)  # EXIF orientations that exchange width and height
_ORIENTATION = 0x0112


@dataclass(frozen=True)
class ImageInfo:
    """Properties of an image file: (width, height) in pixels, mode, format, sha256.

    `thumbnail` is uint8 (side, side, 3); None for 16-bit and float images.
    """

    size: tuple[int, int]
    mode: str
    format: str
    digest: str
    thumbnail: Any


def inspect_image(path: PathLike, side: int = 64) -> ImageInfo:
    """Read the properties of an image file and a thumbnail.

    Args:
        path: path of the file.
        side: width and height of the thumbnail in pixels.

    Raises:
        PictureError: the file cannot be read; the message says why.
    """
    path = Path(os.fsdecode(path))
    name = shown(path)
    digest, data = fingerprint(path)
    source = io.BytesIO(data)
    try:
        with open_image(source, name, (side, side)) as image:
            file_format, mode = str(image.format), image.mode
            is_rotated = image.getexif().get(_ORIENTATION, 1) in _SWAPS_SIDES
            size = _jpeg_size(data) if file_format == "JPEG" else image.size
            image.draft("RGB", (side, side))
            image.load()
            thumbnail = None if mode[0] in "IF" else _thumbnail(image, side)
    except PictureError:
        raise
    except Exception as error:  # Pillow's decoders raise many kinds
        raise broken_image_error(source, name, error) from error
    return ImageInfo(
        size[::-1] if is_rotated else size, mode, file_format, digest, thumbnail
    )


def fingerprint(path: PathLike) -> tuple[str, bytes]:
    """(sha256 in hexadecimal, contents) of a file.

    Raises:
        PictureError: it is not a regular file, is too large, or cannot be read.
    """
    name = shown(path)
    try:
        status = Path(path).stat()
    except OSError as error:
        raise PictureError(f"Cannot read the image {name}: {error.strerror}.") from None
    if not stat.S_ISREG(status.st_mode):
        raise PictureError(f"{name} is not a file but a pipe, device or folder.")
    if status.st_size > MAX_BYTES:
        raise PictureError(
            f"The image {name} has {status.st_size / 2**20:,.0f} MB, more than the "
            f"{MAX_BYTES / 2**20:.0f} that nbkeras reads. Make it smaller first."
        )
    try:
        source, _ = as_file(path)
    except FileNotFoundError as error:
        raise PictureError(str(error)) from None
    data = source.getvalue()
    return hashlib.sha256(data).hexdigest(), data


def _jpeg_size(data):
    """The original size of a JPEG: `draft` changes the size of an opened image."""
    from PIL import Image

    with Image.open(io.BytesIO(data), formats=("JPEG", "MPO")) as image:
        return image.size


def _thumbnail(image, side):
    from PIL import Image

    opaque = image.convert("RGBA" if "A" in image.getbands() else "RGB").convert("RGB")
    return np.asarray(opaque.resize((side, side), Image.Resampling.BOX))
