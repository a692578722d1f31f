"""Data preprocessing under the import path of Keras 2."""

import functools

from nbkeras.core.names import legacy_names
from nbkeras.image.pipeline.image_dataset import image_dataset_from_directory
from nbkeras.preprocessing import image, sequence, text
from nbkeras.utils.text_dataset import text_dataset_from_directory
from nbkeras.utils.timeseries_dataset import timeseries_dataset_from_array

__all__ = [
    "image",
    "image_dataset_from_directory",
    "sequence",
    "text",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
]

__getattr__ = functools.partial(legacy_names.attribute, __name__)
