"""Base classes of layers, models and metrics, for `isinstance` in lower packages."""

from typing import Any

import numpy as np


class BaseLayer:
    """Base class of layers, for `isinstance` in packages that layers import."""

    def own_weights(self) -> list[Any]:
        """The layer's own weights, without those of its sublayers."""
        return []

    def stored_weights(self) -> list[Any]:
        """The own weights that files hold, in their order there."""
        return [weight for weight in self.own_weights() if not weight.carried]

    def stored_value(self, weight: Any) -> Any:
        """The value of one of `stored_weights` in a file."""
        return weight.value

    def weights_begun_anew(self) -> list[Any]:
        """The weights that are zero after the others were read from a file."""
        return []

    def save_own_variables(self, store: dict[str, Any]) -> None:
        """Save the layer's own weights under their indices; override to save more.

        Args:
            store: a dict to fill with {name: array}; `load_own_variables` gets it back.
        """
        for index, weight in enumerate(self.stored_weights()):
            store[str(index)] = np.asarray(self.stored_value(weight))

    def load_own_variables(self, store: dict[str, Any]) -> None:
        """Load the arrays that `save_own_variables` saved.

        Args:
            store: {name: NumPy array}.

        Raises:
            ValueError: the number of arrays differs from the number of weights.
        """
        weights = self.stored_weights()
        if len(weights) != len(store):
            raise ValueError(
                f"{type(self).__name__}.load_own_variables: the file has {len(store)} "
                f"arrays, and the layer has {len(weights)} weights. Write a "
                "load_own_variables that matches your save_own_variables."
            )
        for index, weight in enumerate(weights):
            weight.assign(store[str(index)])
        for weight in self.weights_begun_anew():
            weight.assign(np.zeros(weight.shape, weight.dtype))


class BaseModel:
    """Base class of models, for `isinstance` in packages that models import."""


class BaseRecorded:
    """Base class of arrays that a GradientTape follows; `value` is the array."""

    value: Any


class BaseMetric:
    """Base class of metrics, for `isinstance` in packages that do not import them."""

    def for_one_run(self) -> "BaseMetric":
        """A copy whose variables may hold traced values, for one call of a layer."""
        raise TypeError(f"{type(self).__name__} cannot be copied for a run.")


class BaseSeedGenerator:
    """Base class of seed generators, for `isinstance` in packages that they import."""

    name: str
    # A Variable: (seed, number of seeds drawn), uint32.
    state: Any

    def next(self) -> Any:
        """The next seed, two integers."""
        raise TypeError(f"{type(self).__name__} has no `next`.")
