"""Metrics that average a loss: crossentropies, errors, hinges."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from nbkeras import losses
from nbkeras.core.annotations import DTypeLike
from nbkeras.losses.alignment import aligned, comparable
from nbkeras.losses.classification import not_ignored
from nbkeras.metrics.base import ratio, weighted_sums
from nbkeras.metrics.mean import MeanOfFunction
from nbkeras.metrics.registry import register


@register("BinaryCrossentropy")
class BinaryCrossentropy(MeanOfFunction):
    """The mean of `losses.binary_crossentropy` over all examples.

    Negative log likelihood of 0/1 targets, averaged over the last axis.
    """

    _direction = "down"

    def __init__(
        self,
        name: str = "binary_crossentropy",
        dtype: DTypeLike | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(name, dtype)
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """The loss of each example."""
        return losses.binary_crossentropy(
            *aligned(y_true, y_pred),
            from_logits=self.from_logits,
            label_smoothing=self.label_smoothing,
        )


@register("CategoricalCrossentropy")
class CategoricalCrossentropy(MeanOfFunction):
    """The mean of `losses.categorical_crossentropy` over all examples.

    Negative log likelihood of one-hot targets.
    """

    _direction = "down"

    def __init__(
        self,
        name: str = "categorical_crossentropy",
        dtype: DTypeLike | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
    ) -> None:
        super().__init__(name, dtype)
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """The loss of each example."""
        return losses.categorical_crossentropy(
            *aligned(y_true, y_pred),
            from_logits=self.from_logits,
            label_smoothing=self.label_smoothing,
            axis=self.axis,
        )


@register("KLDivergence")
class KLDivergence(MeanOfFunction):
    """The mean of `losses.kl_divergence` over all examples.

    Sum of `y_true * log(y_true / y_pred)` over the last axis.
    """

    _direction = "down"

    def __init__(
        self,
        name: str = "kl_divergence",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, dtype)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """The loss of each example."""
        return losses.kl_divergence(*comparable("kl_divergence", y_true, y_pred))


@register("Poisson")
class Poisson(MeanOfFunction):
    """The mean of `losses.poisson` over all examples.

    Mean of `y_pred - y_true * log(y_pred)`, for counts.
    """

    _direction = "down"

    def __init__(
        self,
        name: str = "poisson",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, dtype)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """The loss of each example."""
        return losses.poisson(*comparable("poisson", y_true, y_pred))


@register("Hinge")
class Hinge(MeanOfFunction):
    """The mean of `losses.hinge` over all examples.

    Mean of max(1 - y_true * y_pred, 0), for targets -1 and 1 or 0 and 1.
    """

    _direction = "down"

    def __init__(
        self,
        name: str = "hinge",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, dtype)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """The loss of each example."""
        return losses.hinge(*comparable("hinge", y_true, y_pred))


@register("SquaredHinge")
class SquaredHinge(MeanOfFunction):
    """The mean of `losses.squared_hinge` over all examples.

    Mean of max(1 - y_true * y_pred, 0) squared.
    """

    _direction = "down"

    def __init__(
        self,
        name: str = "squared_hinge",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, dtype)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """The loss of each example."""
        return losses.squared_hinge(*comparable("squared_hinge", y_true, y_pred))


@register("CategoricalHinge")
class CategoricalHinge(MeanOfFunction):
    """The mean of `losses.categorical_hinge` over all examples.

    max(best wrong score - true score + 1, 0), for one-hot targets.
    """

    _direction = "down"

    def __init__(
        self,
        name: str = "categorical_hinge",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, dtype)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """The loss of each example."""
        return losses.categorical_hinge(
            *comparable("categorical_hinge", y_true, y_pred)
        )


@register("LogCoshError")
class LogCoshError(MeanOfFunction):
    """The mean of `losses.log_cosh` over all examples.

    Mean of log(cosh(error)): quadratic for small errors, linear for large ones.
    """

    _direction = "down"

    def __init__(
        self,
        name: str = "logcosh",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, dtype)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """The loss of each example."""
        return losses.log_cosh(*comparable("log_cosh", y_true, y_pred))


@register("MeanSquaredError")
class MeanSquaredError(MeanOfFunction):
    """The mean of `losses.mean_squared_error` over all examples.

    Squared differences, in squared units of `y_true`.
    """

    _direction = "down"

    def __init__(
        self,
        name: str = "mean_squared_error",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, dtype)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """The loss of each example."""
        return losses.mean_squared_error(
            *comparable("mean_squared_error", y_true, y_pred)
        )


@register("MeanAbsoluteError")
class MeanAbsoluteError(MeanOfFunction):
    """The mean of `losses.mean_absolute_error` over all examples.

    Absolute differences, in the units of `y_true`.
    """

    _direction = "down"

    def __init__(
        self,
        name: str = "mean_absolute_error",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, dtype)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """The loss of each example."""
        return losses.mean_absolute_error(
            *comparable("mean_absolute_error", y_true, y_pred)
        )


@register("MeanAbsolutePercentageError")
class MeanAbsolutePercentageError(MeanOfFunction):
    """The mean of `losses.mean_absolute_percentage_error` over all examples.

    Absolute differences in percent of `y_true`.
    """

    _direction = "down"

    def __init__(
        self,
        name: str = "mean_absolute_percentage_error",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, dtype)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """The loss of each example."""
        return losses.mean_absolute_percentage_error(
            *comparable("mean_absolute_percentage_error", y_true, y_pred)
        )


@register("MeanSquaredLogarithmicError")
class MeanSquaredLogarithmicError(MeanOfFunction):
    """The mean of `losses.mean_squared_logarithmic_error` over all examples.

    Squared differences of log(1 + y); values below 0 count as 0.
    """

    _direction = "down"

    def __init__(
        self,
        name: str = "mean_squared_logarithmic_error",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, dtype)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """The loss of each example."""
        return losses.mean_squared_logarithmic_error(
            *comparable("mean_squared_logarithmic_error", y_true, y_pred)
        )


@register("SparseCategoricalCrossentropy")
class SparseCategoricalCrossentropy(MeanOfFunction):
    """The mean of `losses.sparse_categorical_crossentropy` over all examples.

    Args:
        from_logits: whether outputs are logits instead of probabilities.
        ignore_class: label whose positions are excluded. (Keras excludes them only if
            there are sample weights, and otherwise counts them with a loss of 0.)
        axis: class axis of the outputs.
    """

    _direction = "down"

    def __init__(
        self,
        name: str = "sparse_categorical_crossentropy",
        dtype: DTypeLike | None = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(name, dtype)
        self.from_logits, self.ignore_class, self.axis = from_logits, ignore_class, axis

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """The loss of each example."""
        settings = self.from_logits, self.ignore_class, self.axis
        return losses.sparse_categorical_crossentropy(y_true, y_pred, *settings)

    def update(
        self,
        state: Any,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> Any:
        """Add a batch, without the positions of the ignored class."""
        if self.ignore_class is not None:
            values = self.values(y_true, y_pred)
            counted = not_ignored(y_true, values, self.ignore_class)
            weight = counted.astype(values.dtype)
            if sample_weight is not None:
                row_weight = jnp.asarray(sample_weight, values.dtype)
                row_weight = row_weight.reshape(
                    row_weight.shape + (1,) * (values.ndim - row_weight.ndim)
                )
                weight = weight * row_weight
            sample_weight = weight
        return super().update(state, y_true, y_pred, sample_weight)


@register("RootMeanSquaredError")
class RootMeanSquaredError(MeanOfFunction):
    """Root mean squared error over all batches."""

    _direction = "down"

    def __init__(
        self, name: str = "root_mean_squared_error", dtype: DTypeLike | None = None
    ) -> None:
        super().__init__(name, dtype)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """The squared differences."""
        y_true, y_pred = comparable(self.name, y_true, y_pred)
        return jnp.square(jnp.asarray(y_true, float) - y_pred)

    def result_of(self, state: Any) -> jax.Array:
        """The square root of the mean."""
        return jnp.sqrt(ratio(*state))


@register("CosineSimilarity")
class CosineSimilarity(MeanOfFunction):
    """Mean cosine similarity: 1 for vectors of the same direction."""

    _direction = "up"

    def __init__(
        self,
        name: str = "cosine_similarity",
        dtype: DTypeLike | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(name, dtype)
        self.axis = axis

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """The cosine similarity of each example."""
        y_true, y_pred = comparable(self.name, y_true, y_pred)
        return -losses.cosine_similarity(y_true, y_pred, self.axis)


@register("MeanRelativeError")
class MeanRelativeError(MeanOfFunction):
    """The mean of |y_true - y_pred| / normalizer.

    Args:
        normalizer: divisor of the errors; where it is 0, the error counts as 0.
    """

    _direction = "down"

    def __init__(
        self,
        normalizer: ArrayLike,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name or "mean_relative_error", dtype)
        self.normalizer = normalizer

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """The relative error of each value."""
        y_true, y_pred = comparable(self.name, y_true, y_pred)
        scale = jnp.asarray(self.normalizer, float)
        error = jnp.abs(jnp.asarray(y_true, float) - y_pred)
        return jnp.where(scale == 0, 0.0, error / jnp.where(scale == 0, 1.0, scale))


_FUNCTIONS = (
    "binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy "
    "kl_divergence poisson hinge squared_hinge categorical_hinge mean_squared_error "
    "mean_absolute_error mean_absolute_percentage_error mean_squared_logarithmic_error "
    "log_cosh huber binary_focal_crossentropy categorical_focal_crossentropy"
).split()
for _name in _FUNCTIONS:
    _aliases = [
        alias for alias, name in losses.registry.aliases.items() if name == _name
    ]
    register(_name, *_aliases)(losses.registry.lookup(_name))

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Hinge",
    "KLDivergence",
    "LogCoshError",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanRelativeError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "RootMeanSquaredError",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "weighted_sums",
]
