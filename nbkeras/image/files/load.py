"""Load images from files: decode, apply the EXIF orientation, convert, resize.

Supported formats: JPEG, PNG, BMP, PPM, TIFF, GIF and WebP, detected by content, not by
file name. Every error names the file. Pillow is imported with the first image.
"""

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nbkeras.core import check, notices
from nbkeras.image.annotations import ColorMode, FileInterpolation, ImageSize

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("JPEG", "PNG", "BMP", "PPM", "TIFF", "GIF", "WEBP")
EXTENSIONS = (
    ".png",
    ".jpg",
    ".jpeg",
    ".bmp",
    ".ppm",
    ".tif",
    ".tiff",
    ".gif",
    ".webp",
)
MAX_PIXELS = 50_000_000
MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")
_ORIENTATION = 0x0112
# The first bytes of files in `FORMATS`.
_MAGIC_BYTES = (
    b"\xff\xd8",
    b"\x89PNG",
    b"BM",
    *(b"P%d" % kind for kind in range(1, 8)),
    b"II",
    b"MM",
    b"GIF8",
    b"RIFF",
)


class PictureError(ValueError):
    """A file that cannot be read as an image."""


def load_img(
    path: Any,
    color_mode: ColorMode = "rgb",
    target_size: ImageSize | None = None,
    interpolation: FileInterpolation = "nearest",
    keep_aspect_ratio: bool = False,
    exif: bool = True,
) -> "Image":
    """Load an image file as a Pillow image with 8 bits per channel.

    Supported formats: png, jpg, jpeg, bmp, ppm, tif, tiff, gif (first frame), webp.
    Transparent images are blended with white (unless color_mode is "rgba"). 16-bit
    images are scaled from 0-65535 to 0-255; 32-bit integers and floats are clipped to
    0-255, as in Keras. Each conversion gives one notice.

    Args:
        path: a path, or an open binary file.
        color_mode: "rgb", "rgba" or "grayscale".
        target_size: (height, width) in pixels; None keeps the size of the image.
        interpolation: "nearest", "bilinear", "bicubic", "hamming", "box" or "lanczos".
        keep_aspect_ratio: whether to crop the center to the target's aspect ratio.
        exif: whether to apply the EXIF orientation; False is as in Keras.

    Returns:
        A `PIL.Image.Image` of mode "RGB", "RGBA" or "L".

    Raises:
        PictureError: the file is damaged, of an unknown format, or has more than 50
            million pixels.
        FileNotFoundError: the file does not exist.
        ValueError: an argument has an unknown value.
    """
    check.choice("load_img", "color_mode", color_mode, tuple(MODES))
    check.choice("load_img", "interpolation", interpolation, INTERPOLATIONS)
    if target_size is not None:
        target_size = check.ints("load_img", "target_size", target_size, 2, example=150)
    source, name = as_file(path)
    try:
        with open_image(source, name, target_size) as image:
            converted = _apply_orientation(image) if exif else image
            converted = _convert_mode(converted, color_mode)
    except PictureError:
        raise
    except Exception as error:  # Pillow's decoders raise many kinds
        raise broken_image_error(source, name, error) from error
    if target_size is None or converted.size == target_size[::-1]:
        return converted
    return _resize(converted, target_size, interpolation, keep_aspect_ratio)


def shown(path: Any) -> str:
    """A path as printable text, with invalid bytes and control characters escaped."""
    text = os.fsdecode(path) if isinstance(path, bytes) else str(path)
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def as_file(path: Any) -> tuple[Any, str]:
    """(binary file in memory, name for messages).

    Raises:
        FileNotFoundError: the file does not exist.
        PictureError: it cannot be read.
        TypeError: `path` is neither a path nor a binary file.
    """
    if hasattr(path, "read"):
        return path, f"a {type(path).__name__}"
    if not isinstance(path, str | bytes | os.PathLike):
        raise TypeError(
            f"load_img({type(path).__name__}): the first argument must be a file name "
            'or an open binary file. Write for example load_img("cat.jpg").'
        )
    name = shown(path)
    path = Path(os.fsdecode(path))
    try:
        return io.BytesIO(path.read_bytes()), name
    except FileNotFoundError:
        target = " (a broken link)" if path.is_symlink() else ""
        raise FileNotFoundError(
            f"There is no image {name}{target}. The current folder is "
            f"{shown(Path.cwd())}; write the path from there or the full path."
        ) from None
    except OSError as error:
        raise PictureError(
            f"Cannot read the image {name}: {error.strerror}."
        ) from error


def open_image(source: Any, name: str, target_size: ImageSize | None) -> Any:
    """A lazily decoded Pillow image; raises PictureError above `MAX_PIXELS`."""
    from PIL import Image

    too_large = (Image.DecompressionBombError, Image.DecompressionBombWarning)
    try:
        image = Image.open(source, formats=FORMATS)
    except too_large as error:
        raise PictureError(f"{name}: {error}") from None
    if image.width * image.height > MAX_PIXELS and target_size:
        # JPEG can be decoded at 1/2, 1/4 or 1/8 of its size.
        image.draft(None, target_size[::-1])
    if image.width * image.height > MAX_PIXELS:
        size = f"{image.width}x{image.height}"
        image.close()
        raise PictureError(
            f"The image {name} is {size} pixels, more than the {MAX_PIXELS:,} that "
            "nbkeras reads. Make it smaller first, for example with an image editor."
        )
    # MPO: a photo with a preview or a depth map, not an animation.
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
        notices.once(
            "animation",
            f"{name} holds several images; the first is used (said once).",
        )
    return image


def broken_image_error(source: Any, name: str, error: Exception) -> PictureError:
    """A PictureError that describes the problem: empty, text, truncated..."""
    source.seek(0)
    start = source.read(16)
    if not start:
        problem = "is empty (0 bytes)"
    elif start.lstrip()[:1] == b"<":
        problem = "is a text file (HTML or SVG), not an image"
    elif not start.startswith(_MAGIC_BYTES):
        problem = f"is none of {', '.join(FORMATS)}; it starts with {start[:8]!r}"
    else:
        problem = f"is damaged or truncated ({error})"
    return PictureError(
        f"The image {name} {problem}. Delete or replace it, or use "
        'on_error="skip" in ImageDataGenerator to skip it.'
    )


def _apply_orientation(image):
    from PIL import ImageOps

    if image.getexif().get(_ORIENTATION, 1) == 1:
        return image
    return ImageOps.exif_transpose(image)


def _convert_mode(image, color_mode):
    image.load()
    if image.mode in ("F", "I") or image.mode.startswith("I;"):
        image = _scale_to_8_bits(image)
    is_transparent = image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or (
        "transparency" in image.info
    )
    if is_transparent and color_mode != "rgba":
        image = _composite_on_white(image)
    mode = MODES[color_mode]
    # A copy, because the file behind the image is closed.
    return image.copy() if image.mode == mode else image.convert(mode)


def _scale_to_8_bits(image):
    from PIL import Image

    values = np.asarray(image).astype("float64")
    low, high = (values.min(), values.max()) if values.size else (0, 0)
    if not np.isfinite([low, high]).all():
        raise ValueError("it holds values that are not finite")
    # Pillow opens a 16-bit PGM file in the mode of 32-bit integers.
    if image.mode.startswith("I;16") or image.format == "PPM":
        values = values * (255 / 65535)
        notices.once(
            "eight_bit",
            "A 16-bit image was scaled from 0-65535 to 0-255 (said once).",
        )
    elif low < 0 or high > 255 or (image.mode == "F" and 0 < high <= 1):
        notices.once(
            ("eight_bit", image.mode),
            f"An image of mode {image.mode!r} has values from {low:g} to {high:g}, and "
            "values outside of 0-255 are clipped (said once). Scale it first: read it "
            "with PIL.Image.open, multiply the array, and save it in 8 bits.",
        )
    return Image.fromarray((values.clip(0, 255) + 0.5).astype("uint8"))


def _composite_on_white(image):
    from PIL import Image

    image = image.convert("RGBA")
    if image.getextrema()[3] == (255, 255):
        return image
    notices.once(
        "alpha",
        "Transparent parts of an image were blended with white (said once). Write "
        'color_mode="rgba" to keep the transparency.',
    )
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, image)


def _resize(image, target_size, interpolation, keep_aspect_ratio):
    from PIL import Image

    resample = Image.Resampling[interpolation.upper()]
    height, width = target_size
    if not keep_aspect_ratio:
        return image.resize((width, height), resample)
    crop_h = min(image.height, image.width * height // width)
    crop_w = min(image.width, image.height * width // height)
    top, left = (image.height - crop_h) // 2, (image.width - crop_w) // 2
    box = (left, top, left + crop_w, top + crop_h)
    return image.resize((width, height), resample, box=box)
