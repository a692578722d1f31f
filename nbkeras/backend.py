"""`keras.backend`: settings, values of weights, arithmetic."""

from __future__ import annotations

import collections
import importlib
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core import check
from nbkeras.core.dtypes import (
    is_float_dtype,
    is_int_dtype,
    result_type,
    standardize_dtype,
)
from nbkeras.core.settings import (
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)


def backend() -> str:
    """The name of the backend: "jax"."""
    return "jax"


_uids: collections.Counter[str] = collections.Counter()


def get_uid(prefix: str = "") -> int:
    """A counter for each `prefix`, starting at 1.

    >>> clear_session()
    >>> get_uid("dense"), get_uid("dense")
    (1, 2)
    """
    _uids[prefix] += 1
    return _uids[prefix]


def clear_session(free_memory: bool = True) -> None:
    """Reset the counters of `get_uid`; models share no other state."""
    _uids.clear()


def image_dim_ordering() -> str:
    """Legacy name of `image_data_format`: "tf" or "th"."""
    return "tf" if image_data_format() == "channels_last" else "th"


def set_image_dim_ordering(dim_ordering: str) -> None:
    """Legacy name of `set_image_data_format`: "tf" or "th"."""
    check.choice("set_image_dim_ordering", "dim_ordering", dim_ordering, ("tf", "th"))
    names = {"tf": "channels_last", "th": "channels_first"}
    set_image_data_format(names[dim_ordering])


def int_shape(x: Any) -> tuple[int | None, ...]:
    """The shape of an array or weight as a tuple."""
    return tuple(x.shape)


def get_value(x: Any) -> Any:
    """The value of a weight or array: a NumPy array of its own, or a NumPy number.

    >>> import nbkeras
    >>> rate = get_value(nbkeras.Variable(0.5))
    >>> rate *= 2
    >>> float(rate)
    1.0
    """
    return np.array(getattr(x, "value", x))[()]


def set_value(x: Any, value: ArrayLike) -> None:
    """Assign `value` to the weight `x`.

    Raises:
        ValueError: the shapes differ.
    """
    x.assign(value)


def __getattr__(name):
    # Arithmetic such as K.mean(K.square(x)) is imported at first use.
    mathematics = importlib.import_module("nbkeras.compat.backend_math")
    function = None if name.startswith("__") else mathematics.find(name)
    if function is None:
        raise AttributeError(mathematics.missing(name))
    return function


__all__ = [
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "get_uid",
    "get_value",
    "image_data_format",
    "image_dim_ordering",
    "int_shape",
    "is_float_dtype",
    "is_int_dtype",
    "result_type",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_image_dim_ordering",
    "set_value",
    "standardize_dtype",
]
