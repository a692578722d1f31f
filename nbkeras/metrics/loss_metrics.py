"""Metrics that average a loss: crossentropies, errors, hinges."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from nbkeras import losses
from nbkeras.core.annotations import DTypeLike
from nbkeras.losses.alignment import aligned, comparable
from nbkeras.losses.classification import kept
from nbkeras.metrics.base import ratio, weighted_sums
from nbkeras.metrics.mean import MeanOfFunction
from nbkeras.metrics.registry import register


@register("BinaryCrossentropy")
class BinaryCrossentropy(MeanOfFunction):
    """The mean of `losses.binary_crossentropy` over all examples.

    Minus the log likelihood of yes-or-no targets, the mean over `axis`.
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

    Minus the log likelihood of one-hot targets.
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

    Sum of `y_true * log(y_true / y_pred)` over the last axis; both distributions.
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

    Mean of max(1 - y_true * y_pred, 0); targets -1 and 1, 0 counts as -1.
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

    Mean of the squared hinge.
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

    max(best wrong class - right class + 1, 0); one-hot targets.
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

    Mean of log(cosh(difference)): squared when small, straight when large.
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

    Mean of the squared differences; in squared units of `y_true`.
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

    Mean of the absolute differences; in the units of `y_true`.
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

    Mean of the differences in percent of `y_true`.
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

    Mean of the squared differences of log(1 + y); values below 0 count as 0.
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
    """The mean of minus the log likelihood of class numbers.

    Args:
        from_logits: outputs are logits, not probabilities.
        ignore_class: a number whose places do not count. (Keras leaves them out only
            where sample weights are given, else it counts them as 0.)
        axis: of the classes.
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
        """Add examples, except those of the ignored class."""
        if self.ignore_class is not None:
            values = self.values(y_true, y_pred)
            weight = kept(y_true, values, self.ignore_class).astype(values.dtype)
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
        """Squared differences."""
        y_true, y_pred = comparable(self.name, y_true, y_pred)
        return jnp.square(jnp.asarray(y_true, float) - y_pred)

    def result_of(self, state: Any) -> jax.Array:
        """The root of the mean."""
        return jnp.sqrt(ratio(*state))


@register("CosineSimilarity")
class CosineSimilarity(MeanOfFunction):
    """The mean cosine between targets and outputs: 1 for equal directions."""

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
        """Cosines."""
        y_true, y_pred = comparable(self.name, y_true, y_pred)
        return -losses.cosine_similarity(y_true, y_pred, self.axis)


@register("MeanRelativeError")
class MeanRelativeError(MeanOfFunction):
    """The mean of |y_true - y_pred| / normalizer.

    Args:
        normalizer: what errors are divided by; where it is 0 the error counts as 0.
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
        """Relative errors."""
        y_true, y_pred = comparable(self.name, y_true, y_pred)
        scale = jnp.asarray(self.normalizer, float)
        gap = jnp.abs(jnp.asarray(y_true, float) - y_pred)
        return jnp.where(scale == 0, 0.0, gap / jnp.where(scale == 0, 1.0, scale))


_FUNCTIONS = (
    "binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy "
    "kl_divergence poisson hinge squared_hinge categorical_hinge mean_squared_error "
    "mean_absolute_error mean_absolute_percentage_error mean_squared_logarithmic_error "
    "log_cosh huber binary_focal_crossentropy categorical_focal_crossentropy"
).split()
_OTHER = losses.registry.aliases
for _name in _FUNCTIONS:
    _also = [alias for alias, known in _OTHER.items() if known == _name]
    register(_name, *_also)(losses.registry.lookup(_name))

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
