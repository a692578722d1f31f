"""Keras 2's import path for the preparation of data."""

from nbkeras.image.directory import image_dataset_from_directory
from nbkeras.preprocessing import image

__all__ = ["image", "image_dataset_from_directory"]
