"""`tf.io`: read and write files, decode and encode images."""

import glob
import io as streams
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nbkeras.core.names import tensorflow_names as absent
from nbkeras.data.tf_data import elements
from nbkeras.image.files import load

_MODES = {0: None, 1: "grayscale", 3: "rgb", 4: "rgba"}


def _text(value):
    return os.fsdecode(elements.array(value)[()])


def read_file(filename: Any, name: Any = None) -> Any:
    """Read a file as bytes."""
    return elements.as_tensor(elements.array(Path(_text(filename)).read_bytes()))


def write_file(filename: Any, contents: Any, name: Any = None) -> None:
    """Write bytes to a file."""
    Path(_text(filename)).write_bytes(elements.array(contents)[()])


def decode_image(
    contents: Any,
    channels: int | None = 0,
    dtype: Any = "uint8",
    name: Any = None,
    expand_animations: bool = True,
) -> Any:
    """Decode the bytes of an image file to an array (height, width, channels).

    Args:
        contents: bytes of a jpg, png, gif, bmp or webp file.
        channels: 1, 3 or 4; 0 keeps the number of channels in the file.
        dtype: "uint8", or a float dtype for values from 0 to 1.
        expand_animations: accepted without effect; of a gif the first frame is decoded.
    """
    data = streams.BytesIO(elements.array(contents)[()])
    mode = _MODES[channels or 0]
    if mode is None:
        with Image.open(data) as picture:
            mode = {"L": "grayscale", "1": "grayscale", "I;16": "grayscale"}.get(
                picture.mode, "rgba" if "A" in picture.getbands() else "rgb"
            )
        data.seek(0)
    picture = np.asarray(load.load_img(data, mode, exif=False))  # type: ignore[arg-type]
    values = picture[..., None] if picture.ndim == 2 else picture
    if np.dtype(dtype).kind == "f":
        values = (values / 255).astype(dtype)
    return elements.as_tensor(values)


def decode_jpeg(contents: Any, channels: int = 0, **ignored: Any) -> Any:
    """Decode a jpg file as `decode_image` does, to uint8."""
    return decode_image(contents, channels)


def decode_png(
    contents: Any, channels: int = 0, dtype: Any = "uint8", **ignored: Any
) -> Any:
    """Decode a png file as `decode_image` does."""
    return decode_image(contents, channels, dtype)


def encode_jpeg(image: Any, format: str = "", quality: int = 95, **ignored: Any) -> Any:
    """Encode a uint8 image as the bytes of a jpg file."""
    return _encoded(image, "JPEG", quality=quality)


def encode_png(image: Any, compression: int = -1, name: Any = None) -> Any:
    """Encode a uint8 image as the bytes of a png file."""
    return _encoded(image, "PNG")


def _encoded(image, file_format, **options):
    values = np.asarray(image)
    values = values[..., 0] if values.shape[-1] == 1 else values
    data = streams.BytesIO()
    Image.fromarray(values).save(data, file_format, **options)
    return elements.as_tensor(elements.array(data.getvalue()))


def decode_raw(input_bytes: Any, out_type: Any, **ignored: Any) -> Any:
    """Reinterpret bytes as numbers of a dtype."""
    return elements.as_tensor(np.frombuffer(elements.array(input_bytes)[()], out_type))


gfile = absent.Namespace(
    "io.gfile",
    GFile=open,
    exists=os.path.exists,
    glob=glob.glob,
    isdir=os.path.isdir,
    listdir=os.listdir,
    makedirs=lambda path: Path(path).mkdir(parents=True, exist_ok=True),
    mkdir=lambda path: Path(path).mkdir(exist_ok=True),
    remove=os.remove,
    rmtree=shutil.rmtree,
    join=os.path.join,
)


def __getattr__(name):
    raise AttributeError(absent.message(f"io.{name}"))
