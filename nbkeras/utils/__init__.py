"""`keras.utils`: seeds, labels, progress bars, datasets from files, downloads."""

import importlib

from nbkeras.core.dtypes import standardize_dtype
from nbkeras.core.names import legacy_names
from nbkeras.core.rng import set_seed as set_random_seed
from nbkeras.core.serialization.registry import custom as get_registered_object
from nbkeras.core.serialization.registry import (
    custom_object_scope,
    get_custom_objects,
    register_keras_serializable,
)
from nbkeras.core.serialization.registry import registered_name as get_registered_name
from nbkeras.core.settings import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from nbkeras.utils.config import Config
from nbkeras.utils.labels import normalize, to_categorical
from nbkeras.utils.misc import (
    clear_session,
    get_source_inputs,
    is_keras_tensor,
    pack_x_y_sample_weight,
    print_summary,
    unpack_x_y_sample_weight,
)
from nbkeras.utils.pad_sequences import pad_sequences
from nbkeras.utils.progbar import Progbar

CustomObjectScope = custom_object_scope

# {name: module}, imported at first use: images, downloads, data.
_LAZY = {
    "get_file": "nbkeras.utils.download",
    "load_img": "nbkeras.image.files.load",
    "save_img": "nbkeras.image.files.arrays",
    "img_to_array": "nbkeras.image.files.arrays",
    "array_to_img": "nbkeras.image.files.arrays",
    "image_dataset_from_directory": "nbkeras.image.pipeline.image_dataset",
    "text_dataset_from_directory": "nbkeras.utils.text_dataset",
    "audio_dataset_from_directory": "nbkeras.utils.audio_dataset",
    "timeseries_dataset_from_array": "nbkeras.utils.timeseries_dataset",
    "split_dataset": "nbkeras.data.dataset_split",
    "FeatureSpace": "nbkeras.models.feature_space",
    "Sequence": "nbkeras.data.py_dataset",
    "PyDataset": "nbkeras.data.py_dataset",
    "serialize_keras_object": "nbkeras.saving",
    "deserialize_keras_object": "nbkeras.saving",
}

_MODULES = ("bounding_boxes", "legacy")

__all__ = [
    *_MODULES,
    *_LAZY,
    "Config",
    "CustomObjectScope",
    "Progbar",
    "clear_session",
    "custom_object_scope",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "get_source_inputs",
    "is_interactive_logging_enabled",
    "is_keras_tensor",
    "model_to_dot",
    "normalize",
    "pack_x_y_sample_weight",
    "pad_sequences",
    "plot_model",
    "print_summary",
    "register_keras_serializable",
    "set_random_seed",
    "standardize_dtype",
    "to_categorical",
    "unpack_x_y_sample_weight",
]


def __getattr__(name):
    if name in _MODULES:
        return importlib.import_module(f"nbkeras.utils.{name}")
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    return legacy_names.attribute(__name__, name)
