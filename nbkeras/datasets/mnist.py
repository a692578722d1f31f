"""MNIST: 70,000 handwritten digits, 28 x 28; 5,000 of them come with the package."""

from pathlib import Path

import numpy as np

from nbkeras.core import notices
from nbkeras.datasets import digits
from nbkeras.datasets.fetch import KERAS_FILES, ArraySplit, fetch

SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"


def load_data(path: str = "mnist.npz") -> ArraySplit:
    """Load (x_train, y_train), (x_test, y_test): 60,000 and 10,000 digits.

    Without a connection, the 4,000 and 1,000 digits of the package, with a notice.

    Args:
        path: name of the file in the cache, or path of an existing file.

    Returns:
        Images uint8 (n, 28, 28) and labels uint8 (n,).
    """
    try:
        file = fetch(path, f"{KERAS_FILES}mnist.npz", SHA256)
    except (OSError, ValueError):
        own = Path(path)
        missing = f"There is no file {own}. " if own.parent != Path() else ""
        notices.once(
            "mnist offline",
            f"{missing}MNIST is not in the cache and cannot be downloaded: these are "
            "the 5,000 digits of the package, 4,000 to train and 1,000 to test.",
        )
        return digits.load()
    with np.load(file, allow_pickle=False) as data:
        train = data["x_train"], data["y_train"]
        return train, (data["x_test"], data["y_test"])
