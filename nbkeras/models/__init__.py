"""Models: what is compiled, fitted, evaluated and saved."""

import functools

from nbkeras.core.names import legacy_names
from nbkeras.layers.input import Input
from nbkeras.models.model import Model
from nbkeras.models.saving.cloning import clone_model
from nbkeras.models.saving.model_io import (
    load_model,
    model_from_config,
    model_from_json,
    save_model,
)
from nbkeras.models.saving.serialization import (
    deserialize_keras_object,
    serialize_keras_object,
)
from nbkeras.models.saving.transfer_weights import transfer_weights
from nbkeras.models.sequential import Sequential

__all__ = [
    "Input",
    "Model",
    "Sequential",
    "clone_model",
    "deserialize_keras_object",
    "load_model",
    "model_from_config",
    "model_from_json",
    "save_model",
    "serialize_keras_object",
    "transfer_weights",
]

__getattr__ = functools.partial(legacy_names.attribute, __name__)
