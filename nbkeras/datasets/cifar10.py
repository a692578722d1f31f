"""CIFAR-10: 60,000 small colour images in ten classes."""

import numpy as np

from nbkeras.datasets.cifar import arranged, read_batch
from nbkeras.datasets.fetch import ArraySplit, fetch_folder

URL = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"


def load_data() -> ArraySplit:
    """Load (x_train, y_train), (x_test, y_test): uint8 (n, 32, 32, 3) and (n, 1).

    Raises:
        OSError: the file is not cached and cannot be downloaded.
    """
    folder = fetch_folder("cifar-10-batches-py", URL, SHA256)
    parts = [read_batch(folder / f"data_batch_{i}", "labels") for i in range(1, 6)]
    x, y = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return arranged(x, y), arranged(*read_batch(folder / "test_batch", "labels"))
