"""Boston housing: 13 features and the median price of 506 districts in the 1970s.

One feature is derived from the share of Black residents under a racist assumption; use
`california_housing` for teaching.
"""

import numpy as np

from nbkeras.datasets.fetch import KERAS_FILES, ArraySplit, fetch, split

SHA256 = "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"


def load_data(
    path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = 113
) -> ArraySplit:
    """Load (x_train, y_train), (x_test, y_test): (n, 13), and (n,) in 1000 dollars.

    Args:
        path: name of the file in the cache.
        test_split: fraction of the rows for testing.
        seed: seed of the shuffling.

    Raises:
        OSError: the file is not cached and cannot be downloaded.
    """
    file = fetch(path, f"{KERAS_FILES}boston_housing.npz", SHA256)
    with np.load(file, allow_pickle=False) as data:
        return split(data["x"], data["y"], test_split, seed, "load_data")
