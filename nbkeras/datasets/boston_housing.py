"""Boston housing: 506 districts of the 1970s, 13 numbers each, median price.

One of the 13 numbers was built on the share of Black residents, with an assumption
that is racist; for teaching take `california_housing`.
"""

import numpy as np

from nbkeras.datasets.fetch import KERAS_FILES, ArraySplit, fetch, split

SHA256 = "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"


def load_data(
    path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = 113
) -> ArraySplit:
    """(x_train, y_train), (x_test, y_test): (n, 13), and (n,) in thousand dollars."""
    file = fetch(path, f"{KERAS_FILES}boston_housing.npz", SHA256)
    with np.load(file, allow_pickle=False) as data:
        return split(data["x"], data["y"], test_split, seed, "load_data")
