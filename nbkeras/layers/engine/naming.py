"""Names and dtypes of layers, as in Keras."""

import difflib
import itertools
import re
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp

from nbkeras.core import settings
from nbkeras.core.annotations import DTypeLike
from nbkeras.core.errors.structured_errors import CallMistake
from nbkeras.core.names.display_name import display_name, quoted
from nbkeras.core.names.naming import snake_case

DTYPES = ("float32", "float16", "bfloat16", "float64", "mixed_bfloat16", "int32")
_numbers = itertools.count()


def next_number() -> int:
    """The next number in the order of layer creation."""
    return next(_numbers)


def make_unique(layers: Sequence[Any]) -> None:
    """Make the names of `layers` unique; names given by the user stay.

    Of layers with equal automatic names, the one created first keeps the name; the
    others become dense_1, dense_2, ... in order of creation.

    Raises:
        ValueError: the user gave two layers the same name.
    """
    taken = {layer.name for layer in layers}
    layer_of_name = {layer.name: layer for layer in layers if layer._named_by_user}
    for layer in sorted(layers, key=lambda layer: layer._number):
        other_layer = layer_of_name.setdefault(layer.name, layer)
        if other_layer is layer:
            continue
        if layer._named_by_user:
            raise ValueError(
                f"Two layers are called {quoted(layer.name)} "
                f"({type(other_layer).__name__} and {type(layer).__name__}). All names "
                f"in a model must differ: write for example name={_numbered(layer)}."
            )
        base, number = re.sub(r"_\d+$", "", layer.name), 1
        while f"{base}_{number}" in taken:
            number += 1
        layer.name = f"{base}_{number}"
        taken.add(layer.name)
        layer_of_name[layer.name] = layer


def _numbered(layer):
    """The name with a number, as code for a message."""
    return display_name(repr(f"{layer.name}_2"))


def checked_name(cls: type, name: str | None) -> str:
    """The validated name, or a name derived from the class if it is None.

    Raises:
        ValueError: it is empty, not a string, or contains "/" or a zero byte, which
            no file of weights can hold.
    """
    if name is None:
        return snake_case(cls.__name__)
    if isinstance(name, str) and name and "/" not in name and "\0" not in name:
        return name
    words = re.split("[/\0]+", name.strip("/\0")) if isinstance(name, str) else []
    example = "_".join(words) or snake_case(cls.__name__)
    raise ValueError(
        f"{cls.__name__}(name={name!r}): a name must be a non-empty string without "
        f"'/' and zero bytes. Write for example name={example!r}."
    )


def checked_trainable(cls: type, trainable: bool) -> bool:
    """The validated argument `trainable`.

    Raises:
        ValueError: it is not a bool.
    """
    if isinstance(trainable, bool):
        return trainable
    suggestion = bool(trainable) if isinstance(trainable, int) else True
    raise ValueError(
        f"{cls.__name__}(trainable={trainable!r}): expected `trainable` to be a "
        f"boolean. Write trainable={suggestion}."
    )


def dtype_name(dtype: DTypeLike) -> str:
    """The name of a dtype or of a saved Keras policy; None is the global policy.

    Raises:
        CallMistake: the dtype is unknown.
    """
    if dtype is None:
        return settings.dtype_policy()
    if isinstance(dtype, dict):
        dtype = (dtype.get("config") or {}).get("name", "float32")
    name = getattr(dtype, "name", dtype)
    if isinstance(name, str) and name.startswith("mixed_"):
        return name
    try:
        return str(jnp.dtype(name))
    except TypeError:
        close_names = difflib.get_close_matches(str(name), DTYPES, n=1, cutoff=0.0)
        argument, suggestion = f"dtype={name!r}", f"dtype={close_names[0]!r}"
        needed = f"{argument} is none of {', '.join(DTYPES)}"
        raise CallMistake("", "", argument, needed, suggestion) from None
