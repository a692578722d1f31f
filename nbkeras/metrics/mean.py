"""Mean, Sum, and metrics that average a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from nbkeras import losses
from nbkeras.core.annotations import DTypeLike
from nbkeras.core.names.naming import function_name
from nbkeras.core.variable import without_variables
from nbkeras.losses.alignment import aligned
from nbkeras.metrics.base import Metric, by_example, ratio, weighted_sums
from nbkeras.metrics.registry import register, registry


class _OfValues(Metric):
    """Base class of metrics of values: `update_state(values, sample_weight)`."""

    rows_independent = True

    def update_state(
        self, values: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Add values to the state."""
        values, sample_weight = without_variables((values, sample_weight))
        self._take_in(values, None, sample_weight)


@register("Mean")
class Mean(_OfValues):
    """The weighted mean of all values."""

    state_names = ("total", "count")

    def __init__(self, name: str = "mean", dtype: DTypeLike | None = None) -> None:
        super().__init__(name, dtype)

    def init(self) -> Any:
        """Zero sums: (total, count)."""
        return np.zeros((), np.float32), np.zeros((), np.float32)

    def update(
        self,
        state: Any,
        y_true: ArrayLike,
        y_pred: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Any:
        """Add values."""
        total, count = weighted_sums(y_true, sample_weight)
        return state[0] + total, state[1] + count

    def result_of(self, state: Any) -> jax.Array:
        """Divide the total by the count."""
        return ratio(*state)


@register("Sum")
class Sum(_OfValues):
    """The weighted sum of all values."""

    state_names = ("total",)

    def __init__(self, name: str = "sum", dtype: DTypeLike | None = None) -> None:
        super().__init__(name, dtype)

    def init(self) -> Any:
        """A total of zero."""
        return np.zeros((), np.float32)

    def update(
        self,
        state: Any,
        y_true: ArrayLike,
        y_pred: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Any:
        """Add values."""
        return state + by_example(y_true, sample_weight, jnp.sum)[0].sum()

    def result_of(self, state: Any) -> jax.Array:
        """The total."""
        return state


class MeanOfFunction(Metric):
    """Base class of metrics that average a function of each example."""

    state_names = ("total", "count")

    @property
    def rows_independent(self) -> bool:
        """Whether rows are independent, which they are not if `axis` is 0."""
        return getattr(self, "axis", -1) != 0

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """The value of each example, (batch, ...)."""
        raise TypeError(f"{type(self).__name__} has no `values`.")

    def init(self) -> Any:
        """Zero sums: (total, count)."""
        return np.zeros((), np.float32), np.zeros((), np.float32)

    def update(
        self,
        state: Any,
        y_true: ArrayLike,
        y_pred: ArrayLike | None,
        sample_weight: ArrayLike | None = None,
    ) -> Any:
        """Add the values of a batch."""
        total, count = weighted_sums(self.values(y_true, y_pred), sample_weight)
        return state[0] + total, state[1] + count

    def result_of(self, state: Any) -> jax.Array:
        """Divide the total by the count."""
        return ratio(*state)


@register("MeanMetricWrapper")
class MeanMetricWrapper(MeanOfFunction):
    """The mean of a function `(y_true, y_pred, ...) -> (batch, ...)`.

    Args:
        fn: the function.
        name: name in the logs; by default that of the function.
        options: further keyword arguments of `fn`.
    """

    takes_any_argument = True

    def __init__(
        self,
        fn: Callable[..., Any],
        name: str | None = None,
        dtype: DTypeLike | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name or function_name(fn), dtype)
        self.fn = fn
        self.options = options
        self.axis = options.get("axis", -1)

    @property
    def direction(self) -> Literal["up", "down"] | None:
        """Lower is better for built-in losses, higher for other built-in functions."""
        if losses.registry.name_of(self.fn) is not None:
            return "down"
        is_built_in = registry.name_of(self.fn) is not None
        return "up" if is_built_in else self._direction

    @property
    def rows_independent(self) -> bool:
        """True for built-in functions; False for custom ones, which may mix rows."""
        module = getattr(self.fn, "__module__", None) or ""
        return module.startswith("nbkeras.") and self.axis != 0

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
        """Call the function on aligned targets and outputs."""
        y_true, y_pred = aligned(y_true, y_pred)
        return jnp.asarray(self.fn(y_true, y_pred, **self.options))

    def update(
        self,
        state: Any,
        y_true: ArrayLike,
        y_pred: ArrayLike | None,
        sample_weight: ArrayLike | None = None,
    ) -> Any:
        """Add a batch; a function that returns a scalar counts as one example."""
        values = self.values(y_true, y_pred)
        if values.ndim == 0:
            sample_weight = None
        total, count = weighted_sums(values, sample_weight)
        return state[0] + total, state[1] + count
