"""Markers of layers, models, metrics and seeds for the packages below them."""

from typing import Any

import numpy as np


class BaseLayer:
    """Base class of layers, for `isinstance` in packages that layers import."""

    def own_weights(self) -> list[Any]:
        """The weights that are attributes of the layer itself."""
        return []

    def save_own_variables(self, store: dict[str, Any]) -> None:
        """Store the layer's own weights by number; a subclass may store others.

        Args:
            store: filled with {name: array}; `load_own_variables` gets it back.
        """
        for number, weight in enumerate(_stored_weights(self)):
            store[str(number)] = np.asarray(weight.value)

    def load_own_variables(self, store: dict[str, Any]) -> None:
        """Load what `save_own_variables` stored.

        Args:
            store: {name: NumPy array}.

        Raises:
            ValueError: another number of arrays than the layer has weights.
        """
        weights = _stored_weights(self)
        if len(weights) != len(store):
            raise ValueError(
                f"{type(self).__name__}.load_own_variables: the file has {len(store)} "
                f"arrays, and the layer {len(weights)} weights. Write a "
                "load_own_variables that fits your save_own_variables."
            )
        for number, weight in enumerate(weights):
            weight.assign(store[str(number)])


def _stored_weights(layer: BaseLayer) -> list[Any]:
    return [weight for weight in layer.own_weights() if not weight.carried]


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
