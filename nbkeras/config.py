"""Settings of the whole library."""

from nbkeras.core.settings import (
    epsilon,
    floatx,
    image_data_format,
    language,
    set_epsilon,
    set_floatx,
    set_image_data_format,
    set_language,
)

__all__ = [
    "epsilon",
    "floatx",
    "image_data_format",
    "language",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_language",
]
