"""Names and dtypes of layers, as in Keras."""

import difflib
import itertools
import re
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp

from nbkeras.core import settings
from nbkeras.core.annotations import DTypeLike
from nbkeras.core.names.display_name import quoted
from nbkeras.core.names.naming import snake_case
from nbkeras.core.structured_errors import CallMistake

DTYPES = ("float32", "float16", "bfloat16", "float64", "mixed_bfloat16", "int32")
_made = itertools.count()


def next_number() -> int:
    """The next number in the order of layer creation."""
    return next(_made)


def make_unique(layers: Sequence[Any]) -> None:
    """Make the names of `layers` unique; names given by the user stay.

    Of equal names that were made from the class, the layer made first keeps it and
    the others become dense_1, dense_2 in the order in which they were made.

    Raises:
        ValueError: the user gave two layers the same name.
    """
    taken = {layer.name for layer in layers}
    kept = {layer.name: layer for layer in layers if layer._named_by_user}
    for layer in sorted(layers, key=lambda each: each._number):
        holder = kept.setdefault(layer.name, layer)
        if holder is layer:
            continue
        if layer._named_by_user:
            raise ValueError(
                f"Two layers are called {quoted(layer.name)} ({type(holder).__name__} "
                f"and {type(layer).__name__}). All names in a model must differ: write "
                f"for example name={layer.name + '_2'!r}."
            )
        base, number = re.sub(r"_\d+$", "", layer.name), 1
        while f"{base}_{number}" in taken:
            number += 1
        layer.name = f"{base}_{number}"
        taken.add(layer.name)
        kept[layer.name] = layer


def checked_name(cls: type, name: str | None) -> str:
    """A name that is valid in a path; derived from the class if None."""
    if name is None:
        return snake_case(cls.__name__)
    if isinstance(name, str) and name and "/" not in name:
        return name
    raise ValueError(
        f"{cls.__name__}(name={name!r}): a name must be a non-empty string without "
        f"'/'. Write for example name={snake_case(cls.__name__)!r}."
    )


def checked_trainable(cls: type, trainable: bool) -> bool:
    """`trainable` if it is True or False.

    Raises:
        ValueError: it is something else.
    """
    if isinstance(trainable, bool):
        return trainable
    write = bool(trainable) if isinstance(trainable, int) else True
    raise ValueError(
        f"{cls.__name__}(trainable={trainable!r}): expected `trainable` to be a "
        f"boolean. Write trainable={write}."
    )


def dtype_name(dtype: DTypeLike) -> str:
    """A dtype or a saved Keras policy as a string; None is the global policy."""
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
        near = difflib.get_close_matches(str(name), DTYPES, n=1, cutoff=0.0)
        argument, write = f"dtype={name!r}", f"dtype={near[0]!r}"
        needed = f"{argument} is none of {', '.join(DTYPES)}"
        raise CallMistake("", "", argument, needed, write) from None
