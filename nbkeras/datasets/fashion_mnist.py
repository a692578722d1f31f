"""Fashion-MNIST: 70,000 pictures of clothes, 28 x 28, ten classes."""

import gzip

import numpy as np

from nbkeras.datasets.fetch import KERAS_FILES, fetch

# Keras publishes no checksums for these four; their sizes are in their headers.
FILES = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")
TEST_FILES = ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")
MAX_BYTES = 2**28


def load_data():
    """(x_train, y_train), (x_test, y_test): uint8 images (n, 28, 28), labels (n,)."""
    return _pair(FILES), _pair(TEST_FILES)


def _pair(names):
    images, labels = (
        parse_idx(_read(fetch(f"fashion-mnist-{name}", KERAS_FILES + name, None)), name)
        for name in names
    )
    return images, labels


def _read(path):
    with gzip.open(path, "rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"{path} unpacks to more than {MAX_BYTES:,} bytes.")
    return data


def parse_idx(data, name="the file"):
    """The uint8 array in IDX form: a magic number, the sizes, the values.

    Raises:
        ValueError: not IDX, or another number of values than it says.
    """
    if len(data) < 8 or data[:3] != b"\x00\x00\x08":
        raise ValueError(f"{name} is damaged: it is no IDX file of bytes.")
    rank = data[3]
    shape = tuple(np.frombuffer(data, ">u4", rank, 4).tolist())
    values = np.frombuffer(data, np.uint8, offset=4 + 4 * rank)
    if values.size != np.prod(shape):
        raise ValueError(f"{name} is damaged: {values.size} values for shape {shape}.")
    return values.reshape(shape).copy()
