"""Settings of the whole library."""

from __future__ import annotations

import functools

from nbkeras.core import old_names
from nbkeras.core.settings import (
    compile_cache,
    dtype_policy,
    epsilon,
    floatx,
    image_data_format,
    language,
    lowering,
    picture_cache,
    set_compile_cache,
    set_dtype_policy,
    set_epsilon,
    set_floatx,
    set_image_data_format,
    set_language,
    set_lowering,
    set_picture_cache,
)


def backend():
    """The name of the engine: "jax"."""
    return "jax"


def set_backend(name: str | None):
    """Accepts "jax", which is the only one."""
    if name != "jax":
        raise ValueError(
            f"set_backend({name!r}): nbkeras always computes with JAX. Leave the call "
            "out."
        )


__all__ = [
    "backend",
    "compile_cache",
    "dtype_policy",
    "epsilon",
    "floatx",
    "image_data_format",
    "language",
    "lowering",
    "picture_cache",
    "set_backend",
    "set_compile_cache",
    "set_dtype_policy",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_language",
    "set_lowering",
    "set_picture_cache",
]

__getattr__ = functools.partial(old_names.attribute, __name__)
