"""California housing: 20,640 districts of 1990, 8 numbers each, median price."""

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
    """(x_train, y_train), (x_test, y_test): (n, 8), and (n,) in dollars.

    Args:
        version: "large", all districts, or "small", the first 600.
        path: name of the file in the cache.
        test_split: share of the rows for testing.
        seed: of the shuffling.
    """
    check.choice("load_data", "version", version, ("large", "small"))
    file = fetch(path, f"{KERAS_FILES}california_housing.npz", SHA256)
    with np.load(file, allow_pickle=False) as data:
        rows = slice(600 if version == "small" else None)
        return split(data["x"][rows], data["y"][rows], test_split, seed, "load_data")
