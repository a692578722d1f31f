"""Utilities under Keras's names."""

import importlib

from nbkeras.core import old_names
from nbkeras.core.registry import (
    custom_object_scope,
    get_custom_objects,
    register_keras_serializable,
)
from nbkeras.core.rng import set_seed as set_random_seed
from nbkeras.utils.labels import normalize, to_categorical
from nbkeras.utils.misc import (
    clear_session,
    is_keras_tensor,
    pack_x_y_sample_weight,
    print_summary,
    unpack_x_y_sample_weight,
)
from nbkeras.utils.pad_sequences import pad_sequences
from nbkeras.utils.progbar import Progbar

CustomObjectScope = custom_object_scope

# Loaded when they are first used: pictures, downloads, data.
_LATER = {
    "get_file": "nbkeras.utils.download",
    "load_img": "nbkeras.image.files.load",
    "save_img": "nbkeras.image.files.arrays",
    "img_to_array": "nbkeras.image.files.arrays",
    "array_to_img": "nbkeras.image.files.arrays",
    "image_dataset_from_directory": "nbkeras.image.pipeline.dataset",
    "Sequence": "nbkeras.data.py_dataset",
    "PyDataset": "nbkeras.data.py_dataset",
    "serialize_keras_object": "nbkeras.saving",
    "deserialize_keras_object": "nbkeras.saving",
}

__all__ = [
    *_LATER,
    "CustomObjectScope",
    "Progbar",
    "clear_session",
    "custom_object_scope",
    "get_custom_objects",
    "is_keras_tensor",
    "model_to_dot",
    "normalize",
    "pack_x_y_sample_weight",
    "pad_sequences",
    "plot_model",
    "print_summary",
    "register_keras_serializable",
    "set_random_seed",
    "to_categorical",
    "unpack_x_y_sample_weight",
]


def __getattr__(name):
    if name in _LATER:
        return getattr(importlib.import_module(_LATER[name]), name)
    return old_names.attribute(__name__, name)
