"""Model files: the archive, the HDF5 layout, atomic writes. Builds no models itself.

`load_model` and its like are offered here under Keras's path; the models define them
(see `core.late_names`).
"""

import functools

from nbkeras.core import old_names
from nbkeras.core.registry import custom as get_registered_object
from nbkeras.core.registry import (
    custom_object_scope,
    get_custom_objects,
    register_keras_serializable,
)
from nbkeras.core.registry import registered_name as get_registered_name

CustomObjectScope = custom_object_scope

__all__ = [
    "CustomObjectScope",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "register_keras_serializable",
    "save_model",
    "serialize_keras_object",
]

__getattr__ = functools.partial(old_names.attribute, __name__)
