"""`tf.debugging`: assertions on values and shapes, and what tracebacks show."""

from typing import Any

import jax
import numpy as np

from nbkeras.core.names import tensorflow_names as absent
from nbkeras.data.tf_data import elements


def _check(holds, owner, x, y, message):
    if not np.all(holds):
        indices = np.unravel_index(int(np.argmin(holds)), np.shape(holds))
        place = [int(index) for index in indices]
        raise ValueError(
            f"{message or 'tf.debugging.' + owner}: it does not hold at {place}, for "
            f"shapes {np.shape(x)} and {np.shape(y)}. Look at the values there."
        )


def assert_equal(x: Any, y: Any, message: str | None = None, **ignored: Any) -> None:
    """Check that all values are equal.

    Raises:
        ValueError: some values differ.
    """
    _check(np.equal(x, y), "assert_equal", x, y, message)


def assert_less(x: Any, y: Any, message: str | None = None, **ignored: Any) -> None:
    """Check that every value of x is less than that of y."""
    _check(np.less(x, y), "assert_less", x, y, message)


def assert_greater(x: Any, y: Any, message: str | None = None, **ignored: Any) -> None:
    """Check that every value of x is greater than that of y."""
    _check(np.greater(x, y), "assert_greater", x, y, message)


def assert_near(
    x: Any,
    y: Any,
    rtol: float = 1e-6,
    atol: float = 1e-6,
    message: str | None = None,
    **ignored: Any,
) -> None:
    """Check that all values are equal within a tolerance."""
    _check(np.isclose(x, y, rtol, atol), "assert_near", x, y, message)


def assert_all_finite(x: Any, message: str | None = None, name: Any = None) -> Any:
    """Check that no value is NaN or infinite, and return `x`."""
    _check(np.isfinite(x), "assert_all_finite", x, x, message)
    return x


check_numerics = assert_all_finite


def assert_shapes(shapes: Any, **ignored: Any) -> None:
    """Check the shapes of tensors; named sizes and None match any size."""
    for tensor, shape in shapes if isinstance(shapes, list) else shapes.items():
        elements.TensorSpec(
            [None if isinstance(size, str) else size for size in shape], tensor.dtype
        ).fit(np.empty(np.shape(tensor), tensor.dtype), "tf.debugging.assert_shapes")


def enable_traceback_filtering() -> None:
    """Hide the frames of JAX in tracebacks, as `keras.config` does."""
    jax.config.update("jax_traceback_filtering", "auto")


def disable_traceback_filtering() -> None:
    """Show the frames of JAX in tracebacks, as `keras.config` does."""
    jax.config.update("jax_traceback_filtering", "off")


def is_traceback_filtering_enabled() -> bool:
    """Whether the frames of JAX are hidden in tracebacks."""
    return jax.config.jax_traceback_filtering != "off"


def set_log_device_placement(enabled: bool) -> None:
    """Accepted without effect: `array.device` says where an array is."""


def enable_check_numerics(*args: Any, **kwargs: Any) -> None:
    """Raise an error in the function that first computes NaN."""
    jax.config.update("jax_debug_nans", True)


def disable_check_numerics() -> None:
    """Do not look for NaN any longer."""
    jax.config.update("jax_debug_nans", False)


def __getattr__(name):
    raise AttributeError(absent.message(f"debugging.{name}"))
