"""Markers of layers, models, metrics and seeds for the packages below them."""

from typing import Any


class BaseLayer:
    """Base class of layers, for `isinstance` in packages that layers import."""


class BaseModel:
    """Base class of models, for `isinstance` in packages that models import."""


class BaseRecorded:
    """Base class of arrays that a GradientTape follows; `value` is the array."""

    value: Any


class BaseMetric:
    """Base class of metrics, for `isinstance` in packages that do not import them."""

    def for_one_run(self) -> "BaseMetric":
        """A copy whose variables may hold traced values, for one run of a layer."""
        raise TypeError(f"{type(self).__name__} cannot be copied for a run.")


class BaseSeedGenerator:
    """Base class of seed generators, for packages that these import."""

    def next(self) -> Any:
        """The next seed, two integers."""
        raise TypeError(f"{type(self).__name__} has no `next`.")
