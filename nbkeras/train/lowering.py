"""Compiler options by device, each behind a test that it exists."""

import functools

import jax
import jax.numpy as jnp

# On CPU, jaxlib 0.10 sends convolutions to a library that runs them on one thread;
# this option gives them back to the threaded one. Unknown to other versions.
THREADED_CONVOLUTION = {
    "xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT"
}


@functools.cache
def training_options():
    """Options for the train step on this device, or None."""
    if jax.default_backend() != "cpu" or not _accepted():
        return None
    return THREADED_CONVOLUTION


def _accepted():
    try:
        add = jax.jit(lambda a: a + 1, compiler_options=THREADED_CONVOLUTION)
        add.lower(jax.ShapeDtypeStruct((), jnp.float32)).compile()
    except Exception:
        return False
    return True
