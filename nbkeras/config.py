"""Settings of the whole library."""

from nbkeras.core.settings import (
    epsilon,
    floatx,
    image_data_format,
    language,
    lowering,
    set_epsilon,
    set_floatx,
    set_image_data_format,
    set_language,
    set_lowering,
)

__all__ = [
    "epsilon",
    "floatx",
    "image_data_format",
    "language",
    "lowering",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_language",
    "set_lowering",
]
