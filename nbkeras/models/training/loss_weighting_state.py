"""Task weights: the arrays of a loss weighting as variables of a compiled model.

They are no weights of the model: `model.weights` and files of Keras do not have them. A
fit holds them in its training state like weights, so that a change needs no
compilation; `.keras` files hold them beside the progress of training.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core.variable import Variable
from nbkeras.losses.multi_task_weighting import FixedWeights, LossWeighting, PCGrad
from nbkeras.train.control import checked_loss_weight

# What the paths of the variables begin with.
PREFIX = "loss_weighting"


class TaskWeights:
    """A loss weighting bound to the losses of a model.

    Args:
        weighting: how the losses become one number.
        names: one name per loss: that of its output.
        is_distance: for each loss whether it measures a distance.
    """

    def __init__(
        self,
        weighting: LossWeighting,
        names: Sequence[str],
        is_distance: Sequence[bool],
    ) -> None:
        self.weighting, self.names = weighting, list(names)
        self.by_gradients = weighting.by_gradients
        self._paths: dict[str, str] = {}
        self.variables: dict[str, Variable] = {}
        for name, declared in weighting.variables(is_distance).items():
            path = f"{PREFIX}/{name}"
            variable = Variable(
                declared.initial, trainable=declared.trainable, name=name
            )
            variable.path = path
            self._paths[name], self.variables[path] = path, variable

    @property
    def trained_paths(self) -> set[str]:
        """The paths that the model's optimizer trains."""
        return {path for path, v in self.variables.items() if v.trainable}

    # Pure functions of `values`, {path: array} of all weights in training.

    def total(self, losses: Sequence[Any], values: Mapping[str, Any]) -> jax.Array:
        """The weighted sum, or what the weighting minimises."""
        return self.weighting.total(_stacked(losses), self._own(values))

    def combine(
        self,
        gradients: Sequence[Mapping[str, Any]],
        losses: Sequence[Any],
        values: Mapping[str, Any],
        key: Any,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """(one gradient, {path: new value}); see `LossWeighting.combine`."""
        gradient, changes = self.weighting.combine(
            gradients, _stacked(losses), self._own(values), key
        )
        return gradient, {self._paths[name]: v for name, v in changes.items()}

    def logs(self, values: Mapping[str, Any]) -> dict[str, jax.Array]:
        """{name in the logs: factor} of a weighting that learns; else nothing."""
        if not self.weighting.learns:
            return {}
        factors = self.weighting.factors(self._own(values))
        return {name: factors[i] for i, name in enumerate(self.log_names)}

    @property
    def log_names(self) -> list[str]:
        """The names in the logs of training, if the weighting learns."""
        names = self.names if self.weighting.learns else ()
        return [f"{name}_loss_weight" for name in names]

    def _own(self, values):
        return {name: values[path] for name, path in self._paths.items()}

    # The current factors.

    @property
    def current(self) -> dict[str, jax.Array]:
        """{path: array} of the variables."""
        return {path: variable.value for path, variable in self.variables.items()}

    @property
    def factors(self) -> dict[str, float]:
        """{name: current factor}."""
        factors = np.asarray(self.weighting.factors(self._own(self.current)))
        return dict(zip(self.names, map(float, factors), strict=True))

    def why_fixed(self) -> str | None:
        """Why the factors cannot be set, or None if they can."""
        if isinstance(self.weighting, FixedWeights | PCGrad):
            return None
        return (
            f"{type(self.weighting).__name__} learns the weights of the losses, so "
            "they cannot be set. Compile with numbers to set them yourself: "
            f"loss_weights={[1.0] * len(self.names)}."
        )

    def set_factor(self, name: str, value: Any) -> None:
        """Set the factor of one loss, from the next step on."""
        value = checked_loss_weight(name, value, self.names)
        variable = self.variables[self._paths["weights"]]
        factors = np.array(variable.value)
        factors[self.names.index(name)] = value
        variable.assign(factors)

    def reset(self) -> None:
        """Set all variables to their initial values."""
        for variable in self.variables.values():
            variable.initialise()

    def to_progress(self) -> dict[str, list[float]]:
        """The values of the variables in a form for JSON."""
        return {
            name: np.asarray(self.variables[path].value).tolist()
            for name, path in self._paths.items()
        }

    def from_progress(self, saved: Any) -> None:
        """Take the values that `to_progress` gave, if they are of this weighting."""
        if not isinstance(saved, dict) or saved.keys() != self._paths.keys():
            return
        for name, path in self._paths.items():
            variable, value = self.variables[path], np.asarray(saved[name], np.float32)
            if value.shape == variable.shape:
                variable.assign(value)


def _stacked(losses):
    return jnp.stack([jnp.asarray(loss, jnp.float32) for loss in losses])
