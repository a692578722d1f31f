"""Data sets: digits that come with the package, and Keras's from the web."""

import functools

from nbkeras.core.names import legacy_names
from nbkeras.datasets import (
    boston_housing,
    california_housing,
    cifar10,
    cifar100,
    digits,
    fashion_mnist,
    imdb,
    mnist,
    reuters,
)
from nbkeras.datasets.digits import digit_folders

__all__ = [
    "boston_housing",
    "california_housing",
    "cifar10",
    "cifar100",
    "digit_folders",
    "digits",
    "fashion_mnist",
    "imdb",
    "mnist",
    "reuters",
]

__getattr__ = functools.partial(legacy_names.attribute, __name__)
