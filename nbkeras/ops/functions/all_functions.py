"""All functions of `nbkeras.ops` by name and namespace.

Called on arrays, they compute with JAX at once. Called on symbolic tensors, they add a
node to the model; `TABLE` has the names under which Keras saves them.
"""

from collections.abc import Callable
from typing import Any

from nbkeras.ops.functions import (
    array_creation,
    array_functions,
    array_manipulation,
    control_flow,
    convolution_and_pooling,
    ctc,
    image_functions,
    linear_algebra,
    neural_functions,
    rearranging,
    segments,
    signal_processing,
)
from nbkeras.ops.functions.operation_table import TABLE

__all__ = ["TABLE", "find", "names"]

# Importing these modules fills the table.
FILES = (
    array_manipulation,
    array_functions,
    array_creation,
    control_flow,
    ctc,
    image_functions,
    linear_algebra,
    neural_functions,
    convolution_and_pooling,
    rearranging,
    segments,
    signal_processing,
)
_ABOUT_NUMPY = ("ndim",)


def find(name: str) -> Callable[..., Any] | None:
    """The function `name` of nbkeras.ops, or None.

    Image functions are only in nbkeras.ops.image, as in Keras.
    """
    if name in TABLE and TABLE[name].subjects != ("image",):
        return TABLE[name].public
    return array_creation.ABOUT.get(name)


def find_in(subject: str, name: str) -> Callable[..., Any] | None:
    """The function `name` of nbkeras.ops.`subject` ("numpy", "nn"...), or None."""
    if name in TABLE:
        return TABLE[name].public if subject in TABLE[name].subjects else None
    return array_creation.ABOUT[name] if _about(subject, name) else None


def _about(subject: str, name: str) -> bool:
    return subject == "numpy" and name in _ABOUT_NUMPY


def names(subject: str | None = None) -> list[str]:
    """All public names, or those of one subject."""
    every = sorted({*TABLE, *array_creation.ABOUT})
    if subject is None:
        return [name for name in every if find(name)]
    return [name for name in every if find_in(subject, name)]
