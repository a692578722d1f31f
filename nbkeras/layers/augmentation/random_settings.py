"""Validate settings of augmentation layers, and draw from them."""

from typing import Any

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from nbkeras.core import check
from nbkeras.core.errors.structured_errors import argument
from nbkeras.layers.augmentation.base import uniform


def checked_fraction(owner: str, name: str, value: Any) -> tuple[float, float]:
    """(low, high) in [0, 1] from a pair, or from one number for a range from 0."""
    single = check.is_int(value) or isinstance(value, float)
    pair = (0, value) if single else value
    if isinstance(pair, list | tuple) and len(pair) == 2:
        low, high = sorted(pair)
        if low >= 0 and high <= 1:
            return (low, high)
    raise argument(owner, name, value, "a number or a pair from 0 to 1", "0.5")


def checked_value_range(owner: str, value_range: Any) -> tuple[float, float]:
    """(low, high) of a `value_range`."""
    if isinstance(value_range, list | tuple) and len(value_range) == 2:
        return tuple(sorted(value_range))
    needed = "the minimum and maximum pixel value"
    raise argument(owner, "value_range", value_range, needed, "(0, 255)")


def draw_applied(key: jax.Array, factor: tuple[float, float], count: int) -> jax.Array:
    """Bool (count,): whether to augment, with a probability drawn from `factor`."""
    probability_key, threshold_key = jax.random.split(key)
    return jax.random.uniform(threshold_key, (count,)) < uniform(
        probability_key, (count,), factor
    )


def where_applied(
    is_applied: ArrayLike, augmented: jax.Array, x: jax.Array
) -> jax.Array:
    """`augmented` where `is_applied` (batch,) is true, else the original `x`."""
    return jnp.where(jnp.asarray(is_applied).reshape(-1, 1, 1, 1), augmented, x)


def sign(key: jax.Array, count: int) -> jax.Array:
    """(count,): 1 or -1 with equal probability."""
    return jnp.where(jax.random.bernoulli(key, 0.5, (count,)), 1.0, -1.0)
