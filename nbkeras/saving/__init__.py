"""Files: the archive, the HDF5 layout, atomic writes. Builds no models itself.

`load_model` and `save_model` live with the models and are found here too.
"""

import importlib

from nbkeras.core import old_names
from nbkeras.core.registry import custom as get_registered_object
from nbkeras.core.registry import (
    custom_object_scope,
    get_custom_objects,
    register_keras_serializable,
)
from nbkeras.core.registry import registered_name as get_registered_name

_FROM_MODELS = (
    "load_model",
    "save_model",
    "deserialize_keras_object",
    "serialize_keras_object",
)
CustomObjectScope = custom_object_scope


def save_weights(model, filepath, overwrite=True):
    """As `model.save_weights(filepath)`."""
    model.save_weights(filepath, overwrite)


def load_weights(model, filepath, skip_mismatch=False, **options):
    """As `model.load_weights(filepath)`."""
    model.load_weights(filepath, skip_mismatch, **options)


__all__ = [
    *_FROM_MODELS,
    "CustomObjectScope",
    "KerasFileEditor",
    "custom_object_scope",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_weights",
    "register_keras_serializable",
    "save_weights",
]


def __getattr__(name):
    if name in _FROM_MODELS:
        return getattr(importlib.import_module("nbkeras.models"), name)
    if name == "KerasFileEditor":
        return importlib.import_module("nbkeras.saving.file_editor").KerasFileEditor
    return old_names.attribute(__name__, name)
