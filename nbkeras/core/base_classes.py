"""What layers, models, metrics and seeds are to the packages below them."""

from typing import Any


class BaseLayer:
    """Marks the class of a layer, for `isinstance` in packages that layers stand on."""


class BaseModel:
    """Marks the class of a model, for `isinstance` in packages that models stand on."""


class BaseMetric:
    """Marks the class of a metric, for `isinstance` in packages beside metrics."""

    def for_one_run(self) -> "BaseMetric":
        """A copy whose variables may hold traced values, for one run of a layer."""
        raise TypeError(f"{type(self).__name__} cannot be copied for a run.")


class BaseSeedGenerator:
    """Marks the class of a source of seeds, for packages that it stands on."""

    def next(self) -> Any:
        """A seed that was not given before, two whole numbers."""
        raise TypeError(f"{type(self).__name__} has no `next`.")
