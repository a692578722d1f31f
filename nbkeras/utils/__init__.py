"""Utilities under Keras's names."""

import importlib

from nbkeras.core.registry import custom_object_scope, register_keras_serializable
from nbkeras.core.rng import set_seed as set_random_seed
from nbkeras.utils.labels import normalize, to_categorical
from nbkeras.utils.progbar import Progbar

CustomObjectScope = custom_object_scope

# Loaded when they are first used: pictures, downloads, data.
_LATER = {
    "get_file": "nbkeras.utils.download",
    "load_img": "nbkeras.image.load",
    "save_img": "nbkeras.image.arrays",
    "img_to_array": "nbkeras.image.arrays",
    "array_to_img": "nbkeras.image.arrays",
    "image_dataset_from_directory": "nbkeras.image.directory",
    "Sequence": "nbkeras.data.sequence",
    "PyDataset": "nbkeras.data.sequence",
}

__all__ = [
    *_LATER,
    "CustomObjectScope",
    "Progbar",
    "custom_object_scope",
    "normalize",
    "register_keras_serializable",
    "set_random_seed",
    "to_categorical",
]


def __getattr__(name):
    if name in _LATER:
        return getattr(importlib.import_module(_LATER[name]), name)
    raise AttributeError(f"module 'nbkeras.utils' has no attribute {name!r}")
