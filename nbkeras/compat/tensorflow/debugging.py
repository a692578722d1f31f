"""`tf.debugging`: checks of values."""

from typing import Any

import numpy as np

from nbkeras.compat.tensorflow import absent
from nbkeras.data.tf_data import elements


def _check(holds, owner, x, y, message):
    if not np.all(holds):
        index = np.unravel_index(int(np.argmin(holds)), np.shape(holds))
        place = [int(number) for number in index]
        raise ValueError(
            f"{message or 'tf.debugging.' + owner}: it does not hold at {place}, for "
            f"shapes {np.shape(x)} and {np.shape(y)}. Look at the values there."
        )


def assert_equal(x: Any, y: Any, message: str | None = None, **ignored: Any) -> None:
    """That all values are equal.

    Raises:
        ValueError: they are not.
    """
    _check(np.equal(x, y), "assert_equal", x, y, message)


def assert_less(x: Any, y: Any, message: str | None = None, **ignored: Any) -> None:
    """That all values of x are less."""
    _check(np.less(x, y), "assert_less", x, y, message)


def assert_greater(x: Any, y: Any, message: str | None = None, **ignored: Any) -> None:
    """That all values of x are greater."""
    _check(np.greater(x, y), "assert_greater", x, y, message)


def assert_near(
    x: Any,
    y: Any,
    rtol: float = 1e-6,
    atol: float = 1e-6,
    message: str | None = None,
    **ignored: Any,
) -> None:
    """That all values are nearly equal."""
    _check(np.isclose(x, y, rtol, atol), "assert_near", x, y, message)


def assert_all_finite(x: Any, message: str | None = None, name: Any = None) -> Any:
    """That no value is NaN or infinite."""
    _check(np.isfinite(x), "assert_all_finite", x, x, message)
    return x


check_numerics = assert_all_finite


def assert_shapes(shapes: Any, **ignored: Any) -> None:
    """That tensors have these shapes."""
    for tensor, shape in shapes if isinstance(shapes, list) else shapes.items():
        elements.TensorSpec(
            [None if isinstance(size, str) else size for size in shape], tensor.dtype
        ).fit(np.empty(np.shape(tensor), tensor.dtype), "tf.debugging.assert_shapes")


def __getattr__(name):
    raise AttributeError(absent.message(f"debugging.{name}"))
