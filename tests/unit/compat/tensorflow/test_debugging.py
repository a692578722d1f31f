"""tf.debugging: what tracebacks show, and where NaN comes from."""

import jax
import jax.numpy as jnp
import pytest

from nbkeras import config
from nbkeras.compat import tensorflow as tf


def test_traceback_filtering_is_that_of_keras_config():
    try:
        tf.debugging.disable_traceback_filtering()
        assert not config.is_traceback_filtering_enabled()
        assert not tf.debugging.is_traceback_filtering_enabled()
    finally:
        tf.debugging.enable_traceback_filtering()
    assert config.is_traceback_filtering_enabled()


def test_nan_is_an_error_while_numerics_are_checked():
    try:
        tf.debugging.enable_check_numerics()
        with pytest.raises(FloatingPointError, match="nan"):
            jax.block_until_ready(jnp.log(jnp.float32(-1.0)))
    finally:
        tf.debugging.disable_check_numerics()
    assert jnp.isnan(jnp.log(jnp.float32(-1.0)))
