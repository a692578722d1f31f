"""CIFAR-100: 60,000 small colour images in a hundred classes."""

from typing import Literal

from nbkeras.core import check
from nbkeras.datasets.cifar import arranged, read_batch
from nbkeras.datasets.fetch import ArraySplit, fetch_folder

URL = "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
SHA256 = "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"


def load_data(label_mode: Literal["fine", "coarse"] = "fine") -> ArraySplit:
    """Load (x_train, y_train), (x_test, y_test): uint8 (n, 32, 32, 3) and (n, 1).

    Args:
        label_mode: "fine" for the 100 classes, "coarse" for the 20 superclasses.

    Raises:
        OSError: the file is not cached and cannot be downloaded.
    """
    check.choice("load_data", "label_mode", label_mode, ("fine", "coarse"))
    folder = fetch_folder("cifar-100-python", URL, SHA256)
    key = f"{label_mode}_labels"
    train, test = (read_batch(folder / part, key) for part in ("train", "test"))
    return arranged(*train), arranged(*test)
