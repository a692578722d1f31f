"""Keras 2's import path for the preparation of data."""

import functools

from nbkeras.core import old_names
from nbkeras.image.pipeline.dataset import image_dataset_from_directory
from nbkeras.preprocessing import image, sequence

__all__ = ["image", "image_dataset_from_directory", "sequence"]

__getattr__ = functools.partial(old_names.attribute, __name__)
