"""Global settings of the library."""

from __future__ import annotations

import functools

from nbkeras.core.names import legacy_names
from nbkeras.core.settings import (
    compile_cache,
    disable_flash_attention,
    disable_interactive_logging,
    enable_flash_attention,
    enable_interactive_logging,
    epsilon,
    floatx,
    image_data_format,
    is_flash_attention_enabled,
    is_interactive_logging_enabled,
    language,
    lowering,
    max_epochs,
    max_steps_per_epoch,
    picture_cache,
    record,
    set_compile_cache,
    set_epsilon,
    set_floatx,
    set_image_data_format,
    set_language,
    set_lowering,
    set_max_epochs,
    set_max_steps_per_epoch,
    set_picture_cache,
    set_record,
)
from nbkeras.mixed_precision import dtype_policy, set_dtype_policy


def backend() -> str:
    """The name of the backend: "jax"."""
    return "jax"


def set_backend(name: str | None) -> None:
    """Accept "jax", the only backend.

    Raises:
        ValueError: another backend.
    """
    if name != "jax":
        raise ValueError(
            f"set_backend({name!r}): nbkeras always uses JAX. Leave the call out."
        )


def is_nnx_enabled() -> bool:
    """False: layers are not modules of Flax NNX."""
    return False


def enable_traceback_filtering() -> None:
    """Hide JAX's internal frames in tracebacks, the default."""
    _filter_tracebacks("auto")


def disable_traceback_filtering() -> None:
    """Show all frames in tracebacks, including those of JAX."""
    _filter_tracebacks("off")


def is_traceback_filtering_enabled() -> bool:
    """Whether JAX's internal frames are hidden in tracebacks."""
    import jax

    return jax.config.jax_traceback_filtering != "off"


def _filter_tracebacks(mode):
    import jax

    jax.config.update("jax_traceback_filtering", mode)


__all__ = [
    "backend",
    "compile_cache",
    "disable_flash_attention",
    "disable_interactive_logging",
    "disable_traceback_filtering",
    "dtype_policy",
    "enable_flash_attention",
    "enable_interactive_logging",
    "enable_traceback_filtering",
    "epsilon",
    "floatx",
    "image_data_format",
    "is_flash_attention_enabled",
    "is_interactive_logging_enabled",
    "is_nnx_enabled",
    "is_traceback_filtering_enabled",
    "language",
    "lowering",
    "max_epochs",
    "max_steps_per_epoch",
    "picture_cache",
    "record",
    "set_backend",
    "set_compile_cache",
    "set_dtype_policy",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_language",
    "set_lowering",
    "set_max_epochs",
    "set_max_steps_per_epoch",
    "set_picture_cache",
    "set_record",
]

__getattr__ = functools.partial(legacy_names.attribute, __name__)
