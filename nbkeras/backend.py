"""What tutorials ask of `keras.backend`: settings, values of weights, arithmetic."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core.settings import (
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)


def backend():
    """The name of the engine: "jax"."""
    return "jax"


def clear_session(free_memory: bool = True):
    """Nothing to clear: no state is kept between models."""


def image_dim_ordering():
    """Old name of `image_data_format`: "tf" or "th"."""
    return "tf" if image_data_format() == "channels_last" else "th"


def int_shape(x: Any):
    """The shape of an array or weight as a tuple."""
    return tuple(x.shape)


def get_value(x: Any):
    """The value of a weight or array, as NumPy."""
    return np.asarray(getattr(x, "value", x))


def set_value(x: Any, value: ArrayLike):
    """Set a weight."""
    x.assign(value)


def __getattr__(name):
    # Arithmetic such as K.mean(K.square(x)) is looked up when it is first used.
    mathematics = importlib.import_module("nbkeras.compat.backend_math")
    found = None if name.startswith("__") else mathematics.find(name)
    if found is None:
        raise AttributeError(mathematics.missing(name))
    return found


__all__ = [
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "get_value",
    "image_data_format",
    "image_dim_ordering",
    "int_shape",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_value",
]
