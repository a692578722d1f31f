"""Constraints on weights, applied after each training step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.core import check, settings
from nbkeras.core.annotations import CustomObjects, Identifier
from nbkeras.core.serialization.configurable import Configurable, to_config
from nbkeras.core.serialization.registry import Registry
from nbkeras.core.variable import variables_too

registry = Registry("constraint", "keras.constraints")
register = registry.register


def get(identifier: Identifier | None) -> Any:
    """A constraint from None, a name, config, class, function or instance."""
    return registry.get(identifier)


def serialize(constraint: Any) -> Any:
    """The config: `{"class_name": ..., "config": {...}, ...}`, or a name."""
    return to_config(constraint)


def deserialize(config: Any, custom_objects: CustomObjects | None = None) -> Any:
    """The constraint of a config from `serialize`."""
    return registry.get(config, custom_objects)


class Constraint(Configurable):
    """Base class of constraints; subclasses implement `__call__(w)`."""

    keras_module = "keras.constraints"

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        if "__call__" in cls.__dict__:
            cls.__call__ = variables_too(cls.__call__)

    def __call__(self, w: jax.Array) -> jax.Array:
        """The weights projected onto the constraint."""
        return w


@register("MaxNorm", "max_norm", "maxnorm")
class MaxNorm(Constraint):
    """Limit the norm of vectors along `axis` to `max_value`.

    Args:
        max_value: largest norm.
        axis: int or ints; 0 for Dense kernels, (0, 1, 2) for Conv2D kernels.

    Source: Srivastava et al., "Dropout", JMLR 15 (2014).
    """

    def __init__(
        self, max_value: float | None = 2, axis: int | Sequence[int] = 0
    ) -> None:
        check.number("MaxNorm", "max_value", max_value, 0, example=2)
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w: jax.Array) -> jax.Array:
        """`w` with the norms of its vectors limited to `max_value`."""
        length = _length(w, self.axis)
        return _to_length(w, length, jnp.clip(length, 0, self.max_value))


@register("NonNeg", "non_neg", "nonneg")
class NonNeg(Constraint):
    """Set negative values to 0."""

    def __call__(self, w: jax.Array) -> jax.Array:
        """`w` without negative values."""
        return jnp.maximum(jnp.asarray(w), 0)


@register("UnitNorm", "unit_norm", "unitnorm")
class UnitNorm(Constraint):
    """Normalise vectors along `axis` to norm 1."""

    def __init__(self, axis: int | Sequence[int] = 0) -> None:
        self.axis = axis

    def __call__(self, w: jax.Array) -> jax.Array:
        """`w` with unit vectors."""
        return w / (settings.epsilon() + _length(w, self.axis))


@register("MinMaxNorm", "min_max_norm")
class MinMaxNorm(Constraint):
    """Rescale vectors along `axis` to a norm from `min_value` to `max_value`.

    Args:
        min_value: smallest norm.
        max_value: largest norm.
        rate: how far to move towards the range: 1 fully, 0.1 a tenth of the way.
        axis: int or ints along which the norm is computed.
    """

    def __init__(
        self,
        min_value: float = 0.0,
        max_value: float | None = 1.0,
        rate: float = 1.0,
        axis: int | Sequence[int] = 0,
    ) -> None:
        check.number("MinMaxNorm", "min_value", min_value, 0, example=0.0)
        check.number("MinMaxNorm", "max_value", max_value, min_value, example=1.0)
        self.min_value, self.max_value = min_value, max_value
        self.rate = check.number("MinMaxNorm", "rate", rate, example=1.0)
        self.axis = axis

    def __call__(self, w: jax.Array) -> jax.Array:
        """`w` with norms moved towards the range."""
        length = _length(w, self.axis)
        inside = jnp.clip(length, self.min_value, self.max_value)
        return _to_length(w, length, self.rate * inside + (1 - self.rate) * length)


def _length(w, axis):
    axis = tuple(axis) if isinstance(axis, list) else axis
    return jnp.sqrt(jnp.sum(jnp.square(w), axis=axis, keepdims=True))


def _to_length(w, length, new_length):
    return w * (new_length / (settings.epsilon() + length))


max_norm, non_neg, unit_norm, min_max_norm = MaxNorm, NonNeg, UnitNorm, MinMaxNorm
maxnorm, nonneg, unitnorm = MaxNorm, NonNeg, UnitNorm  # Keras 1
