"""Models: what is compiled, fitted, evaluated and saved."""

import functools

from nbkeras.core import old_names
from nbkeras.layers.input import Input
from nbkeras.models.carry_over import carry_over
from nbkeras.models.cloning import clone_model
from nbkeras.models.model import Model
from nbkeras.models.objects import deserialize_keras_object, serialize_keras_object
from nbkeras.models.saved import (
    load_model,
    model_from_config,
    model_from_json,
    save_model,
)
from nbkeras.models.sequential import Sequential

__all__ = [
    "Input",
    "Model",
    "Sequential",
    "carry_over",
    "clone_model",
    "deserialize_keras_object",
    "load_model",
    "model_from_config",
    "model_from_json",
    "save_model",
    "serialize_keras_object",
]

__getattr__ = functools.partial(old_names.attribute, __name__)
