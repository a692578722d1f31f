"""Convert between Pillow images and NumPy arrays; save images to files."""

import contextlib
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core import notices, settings
from nbkeras.core.annotations import DataFormat, DTypeLike
from nbkeras.core.names.display_name import display_path
from nbkeras.image.transform.colour import stretch

if TYPE_CHECKING:
    from PIL.Image import Image

_CHANNELS = {1: "L", 3: "RGB", 4: "RGBA"}


def img_to_array(
    img: Any, data_format: DataFormat | None = None, dtype: DTypeLike | None = None
) -> np.ndarray:
    """Convert a Pillow image to an array of its values, 0-255.

    Args:
        img: a Pillow image, or an array of rank 2 or 3.
        data_format: "channels_last" or "channels_first"; None is the global setting.
        dtype: dtype of the result; None is `config.floatx()`.

    Returns:
        (height, width, channels), or (channels, height, width).

    Raises:
        ValueError: the image does not have two or three axes.
    """
    data_format = settings.data_format("img_to_array", data_format)
    x = np.asarray(img, dtype=dtype or settings.floatx())
    if x.ndim == 2:
        x = x[..., None]
    elif x.ndim != 3:
        raise ValueError(
            "img_to_array: an image has shape (height, width) or (height, width, "
            f"channels), got {x.shape}. For several write "
            "[img_to_array(x) for x in images]."
        )
    return x.transpose(2, 0, 1) if data_format == "channels_first" else x


def array_to_img(
    x: ArrayLike,
    data_format: DataFormat | None = None,
    scale: bool = True,
    dtype: DTypeLike | None = None,
) -> "Image":
    """Convert an array to a Pillow image with 8 bits per channel.

    Args:
        x: one image with 1, 3 or 4 channels.
        data_format: "channels_last" or "channels_first"; None is the global setting.
        scale: whether to scale the smallest and largest value to 0 and 255; False
            truncates the values to integers.
        dtype: dtype of the computation; None is `config.floatx()`.

    Returns:
        A `PIL.Image.Image`; of mode "I" for one channel with values above 255.

    Raises:
        ValueError: `x` does not have three axes and 1, 3 or 4 channels.
    """
    from PIL import Image

    data_format = settings.data_format("array_to_img", data_format)
    x = np.asarray(x, dtype=dtype or settings.floatx())
    if x.ndim == 3 and data_format == "channels_first":
        x = x.transpose(1, 2, 0)
    if x.ndim != 3 or x.shape[2] not in _CHANNELS:
        raise ValueError(
            f"array_to_img: got an array of shape {x.shape} ({data_format}); an image "
            "needs three axes and 1, 3 or 4 channels. Write for example "
            "array_to_img(batch[0]) for the first image of a batch, or x[..., None] "
            "for gray values without a channel axis."
        )
    x = stretch(x) if scale else x
    if x.shape[2] == 1 and x.max() > 255:
        return Image.fromarray(x[..., 0].astype("int32"))
    x = np.ascontiguousarray(x.astype("uint8"))
    return Image.fromarray(x[..., 0] if x.shape[2] == 1 else x)


def save_img(
    path: Any,
    x: ArrayLike,
    data_format: DataFormat | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Save an array as an image file, atomically.

    Args:
        path: file name or open binary file.
        x: one image, see `array_to_img`.
        data_format: see `array_to_img`.
        file_format: "png", "jpeg"...; None takes it from the file name.
        scale: see `array_to_img`.
        **kwargs: arguments of Pillow's `save`, for example quality=90.

    Raises:
        ValueError: the format is unknown, or `x` is not an image.
    """
    image = array_to_img(x, data_format=data_format, scale=scale)
    is_path = isinstance(path, str | os.PathLike)
    file_format = file_format or (Path(path).suffix[1:] if is_path else None)
    file_format = "jpeg" if str(file_format).lower() == "jpg" else file_format
    if image.mode == "RGBA" and str(file_format).lower() == "jpeg":
        notices.once(
            "jpeg_alpha",
            "JPEG does not support transparency; the image is saved without it.",
        )
        image = image.convert("RGB")
    if not is_path:
        image.save(path, format=file_format, **kwargs)
        return
    if not file_format:
        raise ValueError(
            f"save_img({str(path)!r}): the name has no extension that gives a format. "
            f'Write for example save_img("{display_path(path)}.png", x).'
        )
    write_image(image, Path(path), file_format, **kwargs)


def write_image(image: Any, path: Path, file_format: str, **options: Any) -> None:
    """Save a Pillow image through a temporary file in the same folder."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with temporary.open("wb") as file:
            try:
                image.save(file, format=file_format, **options)
            except KeyError:
                raise ValueError(
                    f"Cannot save {display_path(path)}: {file_format!r} is not an "
                    "image format. "
                    'Write for example "png" or "jpeg".'
                ) from None
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
