"""Data sets: the packaged digits and chapters, and Keras's downloads."""

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
    moby_dick,
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
    "moby_dick",
    "reuters",
]

__getattr__ = functools.partial(legacy_names.attribute, __name__)
