"""Regularizers: penalties on weights or outputs that are added to the loss."""

from __future__ import annotations

from typing import Any, Literal

import jax
import jax.numpy as jnp

from nbkeras.core import check, settings
from nbkeras.core.annotations import CustomObjects, Identifier
from nbkeras.core.gradients.recording import recorded
from nbkeras.core.serialization.configurable import Configurable, to_config
from nbkeras.core.serialization.registry import Registry
from nbkeras.core.variable import variables_too

registry = Registry("regularizer", "keras.regularizers")
register = registry.register


def get(identifier: Identifier | None) -> Any:
    """A regularizer from None, a name, config, class, function or instance."""
    return registry.get(identifier)


def serialize(regularizer: Any) -> Any:
    """The config: `{"class_name": ..., "config": {...}, ...}`, or a name."""
    return to_config(regularizer)


def deserialize(config: Any, custom_objects: CustomObjects | None = None) -> Any:
    """The regularizer of a config from `serialize`."""
    return registry.get(config, custom_objects)


class Regularizer(Configurable):
    """Base class of regularizers; subclasses implement `__call__(x)`, a scalar."""

    keras_module = "keras.regularizers"

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        if "__call__" in cls.__dict__:
            cls.__call__ = recorded(variables_too(cls.__call__))

    def __call__(self, x: jax.Array) -> jax.Array:
        """The penalty for `x`."""
        return 0.0


@register("L1", "l1")
class L1(Regularizer):
    """`l1 * sum(|x|)`: drives many values to exactly zero.

    Source: Tibshirani, "Regression shrinkage and selection via the lasso" (1996).
    """

    def __init__(self, l1: float = 0.01) -> None:
        self.l1 = _strength("L1", "l1", 0.01 if l1 is None else l1)

    def __call__(self, x: jax.Array) -> jax.Array:
        """The penalty, in the dtype of `x`."""
        return _cast(self.l1, x) * jnp.sum(jnp.abs(x))


@register("L2", "l2")
class L2(Regularizer):
    """`l2 * sum(x^2)`, without a factor 1/2 or a mean: keeps values small.

    Source: Krogh and Hertz, "A simple weight decay can improve generalization" (1991).
    """

    def __init__(self, l2: float = 0.01) -> None:
        self.l2 = _strength("L2", "l2", 0.01 if l2 is None else l2)

    def __call__(self, x: jax.Array) -> jax.Array:
        """The penalty, in the dtype of `x`."""
        return _cast(self.l2, x) * jnp.sum(jnp.square(x))


@register("L1L2", "l1_l2", "l1l2")
class L1L2(Regularizer):
    """`l1 * sum(|x|) + l2 * sum(x^2)`. Source: Zou and Hastie, elastic net (2005)."""

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = _strength("L1L2", "l1", 0.0 if l1 is None else l1)
        self.l2 = _strength("L1L2", "l2", 0.0 if l2 is None else l2)

    def __call__(self, x: jax.Array) -> jax.Array:
        """The penalty, in the dtype of `x`."""
        penalty = jnp.zeros((), x.dtype)
        if self.l1:
            penalty += _cast(self.l1, x) * jnp.sum(jnp.abs(x))
        if self.l2:
            penalty += _cast(self.l2, x) * jnp.sum(jnp.square(x))
        return penalty


@register("OrthogonalRegularizer", "orthogonal_regularizer")
class OrthogonalRegularizer(Regularizer):
    """`factor` times the mean |cosine| between the rows (or columns) of a matrix.

    Args:
        factor: strength, at least 0.
        mode: "rows" or "columns".

    Raises:
        ValueError: the weight is not a matrix.
    """

    def __init__(
        self, factor: float = 0.01, mode: Literal["rows", "columns"] = "rows"
    ) -> None:
        self.factor = _strength("OrthogonalRegularizer", "factor", factor)
        options = ("rows", "columns")
        self.mode = check.choice("OrthogonalRegularizer", "mode", mode, options)

    def __call__(self, x: jax.Array) -> jax.Array:
        """The penalty for a matrix."""
        if x.ndim != 2:
            raise ValueError(
                f"OrthogonalRegularizer() is for matrices; got shape {x.shape}. "
                "Write for example kernel_regularizer='l2'."
            )
        rows = x if self.mode == "rows" else x.T
        squares = jnp.sum(jnp.square(rows), axis=1, keepdims=True)
        inverse = jnp.minimum(jax.lax.rsqrt(squares), 1.0 / settings.epsilon())
        unit = rows * inverse
        size = unit.shape[0]
        cosines = (unit @ unit.T) * (1.0 - jnp.eye(size, dtype=x.dtype))
        pairs = size * (size - 1.0) / 2.0
        return self.factor * 0.5 * jnp.sum(jnp.abs(cosines)) / pairs


def _strength(owner, name, value):
    value = check.number(owner, name, value, 0, example=0.01)
    if value == float("inf"):
        raise ValueError(
            f"{owner}({name}=inf): {name} must be finite. "
            f"Write for example {owner}({name}=0.01)."
        )
    return value


def _cast(number, x):
    return jnp.asarray(number, x.dtype)


l1, l2, l1_l2 = L1, L2, L1L2
orthogonal_regularizer = OrthogonalRegularizer
