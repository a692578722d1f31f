"""Model files: archive format, HDF5 layout, atomic writes.

`load_model` and other names of `keras.saving` are defined by `models` and exported here
(see `core.names.lazy_exports`).
"""

from typing import Any

from nbkeras.core.annotations import PathLike
from nbkeras.core.base_classes import BaseModel
from nbkeras.core.names import legacy_names
from nbkeras.core.serialization.registry import custom as get_registered_object
from nbkeras.core.serialization.registry import (
    custom_object_scope,
    get_custom_objects,
    register_keras_serializable,
)
from nbkeras.core.serialization.registry import registered_name as get_registered_name

CustomObjectScope = custom_object_scope


def save_weights(
    model: BaseModel,
    filepath: PathLike,
    overwrite: bool = True,
    max_shard_size: float | None = None,
) -> None:
    """Save weights, as `model.save_weights(filepath, ...)`."""
    model.save_weights(filepath, overwrite, max_shard_size)


def load_weights(
    model: BaseModel, filepath: PathLike, skip_mismatch: bool = False, **options: Any
) -> None:
    """Load weights, as `model.load_weights(filepath, ...)`."""
    model.load_weights(filepath, skip_mismatch, **options)


__all__ = [
    "CustomObjectScope",
    "KerasFileEditor",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "load_weights",
    "register_keras_serializable",
    "save_model",
    "save_weights",
    "serialize_keras_object",
]


def __getattr__(name):
    if name == "KerasFileEditor":
        from nbkeras.saving.file_editor import KerasFileEditor

        return KerasFileEditor
    return legacy_names.attribute(__name__, name)
