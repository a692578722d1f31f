"""Image functions under the names of `keras.preprocessing.image`."""

from nbkeras.compat.image_generator import ImageDataGenerator
from nbkeras.image.files.arrays import array_to_img, img_to_array, save_img
from nbkeras.image.files.load import load_img
from nbkeras.image.pipeline.array_iterator import NumpyArrayIterator
from nbkeras.image.pipeline.file_iterator import DirectoryIterator
from nbkeras.image.pipeline.frame_iterator import DataFrameIterator
from nbkeras.image.pipeline.image_dataset import image_dataset_from_directory
from nbkeras.image.pipeline.iterator import Iterator
from nbkeras.image.transform.augment import apply_affine_transform, flip_axis
from nbkeras.image.transform.colour import apply_brightness_shift, apply_channel_shift
from nbkeras.image.transform.random import (
    random_brightness,
    random_channel_shift,
    random_rotation,
    random_shear,
    random_shift,
    random_zoom,
)
from nbkeras.image.transform.resize import smart_resize

__all__ = [
    "DataFrameIterator",
    "DirectoryIterator",
    "ImageDataGenerator",
    "Iterator",
    "NumpyArrayIterator",
    "apply_affine_transform",
    "apply_brightness_shift",
    "apply_channel_shift",
    "array_to_img",
    "flip_axis",
    "image_dataset_from_directory",
    "img_to_array",
    "load_img",
    "random_brightness",
    "random_channel_shift",
    "random_rotation",
    "random_shear",
    "random_shift",
    "random_zoom",
    "save_img",
    "smart_resize",
]
