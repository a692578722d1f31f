"""California housing: 8 features and the median price of 20,640 districts in 1990."""

from typing import Literal

import numpy as np

from nbkeras.core import check
from nbkeras.datasets.fetch import KERAS_FILES, ArraySplit, fetch, split

SHA256 = "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f"


def load_data(
    version: Literal["large", "small"] = "large",
    path: str = "california_housing.npz",
    test_split: float = 0.2,
    seed: int = 113,
) -> ArraySplit:
    """Load (x_train, y_train), (x_test, y_test): (n, 8), and (n,) in dollars.

    Args:
        version: "large" for all districts, "small" for the first 600.
        path: name of the file in the cache.
        test_split: fraction of the rows for testing.
        seed: seed of the shuffling.

    Raises:
        OSError: the file is not cached and cannot be downloaded.
    """
    check.choice("load_data", "version", version, ("large", "small"))
    file = fetch(path, f"{KERAS_FILES}california_housing.npz", SHA256)
    with np.load(file, allow_pickle=False) as data:
        rows = slice(600 if version == "small" else None)
        return split(data["x"][rows], data["y"][rows], test_split, seed, "load_data")
