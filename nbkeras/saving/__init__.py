"""Files: the archive, the HDF5 layout, atomic writes. Builds no models itself.

`load_model` and `save_model` live with the models and are found here too.
"""

import importlib

from nbkeras.core.registry import custom_object_scope, register_keras_serializable

_FROM_MODELS = ("load_model", "save_model")

__all__ = [*_FROM_MODELS, "custom_object_scope", "register_keras_serializable"]


def __getattr__(name):
    if name in _FROM_MODELS:
        return getattr(importlib.import_module("nbkeras.models"), name)
    raise AttributeError(f"module 'nbkeras.saving' has no attribute {name!r}")
