"""Validate settings of augmentation layers, and draw from them."""

from typing import Any

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from nbkeras.core import check
from nbkeras.core.structured_errors import argument
from nbkeras.layers.augmentation.base import uniform


def share(owner: str, name: str, given: Any) -> tuple[float, float]:
    """(low, high) in [0, 1] from one number, meant from 0, or from two."""
    single = check.is_int(given) or isinstance(given, float)
    pair = (0, given) if single else given
    if isinstance(pair, list | tuple) and len(pair) == 2:
        low, high = sorted(pair)
        if low >= 0 and high <= 1:
            return (low, high)
    raise argument(owner, name, given, "a number or a pair from 0 to 1", "0.5")


def values(owner: str, given: Any) -> tuple[float, float]:
    """(low, high) of a `value_range`."""
    if isinstance(given, list | tuple) and len(given) == 2:
        return tuple(sorted(given))
    needed = "the minimum and maximum pixel value"
    raise argument(owner, "value_range", given, needed, "(0, 255)")


def happens(key: jax.Array, factor: tuple[float, float], count: int) -> jax.Array:
    """Bool (count,): whether to apply, with a probability drawn from `factor`."""
    odds, threshold = jax.random.split(key)
    return jax.random.uniform(threshold, (count,)) < uniform(odds, (count,), factor)


def where_it_happens(chosen: ArrayLike, changed: jax.Array, x: jax.Array) -> jax.Array:
    """The changed images where `chosen` (batch,) is true, else the originals."""
    return jnp.where(jnp.asarray(chosen).reshape(-1, 1, 1, 1), changed, x)


def sign(key: jax.Array, count: int) -> jax.Array:
    """(count,): 1 or -1 with equal probability."""
    return jnp.where(jax.random.bernoulli(key, 0.5, (count,)), 1.0, -1.0)
