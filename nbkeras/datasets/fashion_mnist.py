"""Fashion-MNIST: 70,000 images of clothes, 28 x 28, in ten classes."""

import gzip
import math
import zlib
from typing import Any

import numpy as np

from nbkeras.core.names.display_name import display_path
from nbkeras.datasets.fetch import KERAS_FILES, ArraySplit, fetch

# Keras publishes no checksums for these files; their headers contain their sizes.
FILES = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")
TEST_FILES = ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")
MAX_BYTES = 2**28


def load_data() -> ArraySplit:
    """Load (x_train, y_train), (x_test, y_test): uint8 (n, 28, 28) and (n,).

    Raises:
        OSError: a file is not cached and cannot be downloaded.
        ValueError: a file is damaged.
    """
    return _pair(FILES), _pair(TEST_FILES)


def _pair(names):
    images, labels = (_array(name) for name in names)
    if len(images) != len(labels):
        raise ValueError(
            f"{names[0]} is damaged: {len(images)} images and {len(labels)} labels."
        )
    return images, labels


def _array(name):
    keras_names = (f"fashion-mnist/{name}",)
    path = fetch(f"fashion-mnist-{name}", KERAS_FILES + name, None, keras_names)
    return parse_idx(_read(path), path)


def _read(path):
    try:
        with gzip.open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(
            f"{display_path(path)} is damaged ({error}). Delete it to download it "
            "again."
        ) from None
    if len(data) > MAX_BYTES:
        raise ValueError(
            f"{display_path(path)} unpacks to more than {MAX_BYTES:,} bytes."
        )
    return data


def parse_idx(data: bytes, name: Any = "the file") -> np.ndarray:
    """Parse the IDX format of MNIST: a magic number, the shape, the values.

    Args:
        data: contents of the file.
        name: name of the file in messages.

    Returns:
        A uint8 array.

    Raises:
        ValueError: the data is not IDX, or its size does not match its shape.
    """
    rank = data[3] if len(data) > 3 else 0
    if data[:3] != b"\x00\x00\x08" or len(data) < 4 + 4 * rank:
        raise ValueError(f"{name} is damaged: it is not an IDX file of bytes.")
    shape = tuple(np.frombuffer(data, ">u4", rank, 4).tolist())
    values = np.frombuffer(data, np.uint8, offset=4 + 4 * rank)
    if values.size != math.prod(shape):
        raise ValueError(f"{name} is damaged: {values.size} values for shape {shape}.")
    return values.reshape(shape).copy()
