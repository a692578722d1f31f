"""An optax transformation as an optimizer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.optimizers.base import Optimizer


class OptaxOptimizer(Optimizer):
    """Wraps `optax.adam(1e-3)` and the like; the learning rate is optax's own."""

    def __init__(self, transformation: Any, name: str | None = None) -> None:
        super().__init__(0.0, name=name or "optax")
        self._optax = transformation

    @property
    def learning_rate(self):
        """Unknown: the transformation keeps it to itself. NaN."""
        return jnp.asarray(jnp.nan, jnp.float32)

    @learning_rate.setter
    def learning_rate(self, value: Any):
        raise TypeError(self.why_fixed())

    lr = learning_rate

    def why_fixed(self):
        """Optax does not say where it keeps the rate."""
        return (
            "The learning rate of an optax transformation cannot be set from outside. "
            "Give optax a schedule, optax.adam(lambda step: ...), or compile with an "
            "optimizer of nbkeras: Adam(learning_rate=0.001)."
        )

    def rate_of(self, state: Any) -> Any:
        """Unknown: NaN."""
        return jnp.asarray(jnp.nan, jnp.float32)

    def init_missing(self, state: Any, params: Mapping[str, jax.Array]) -> Any:
        """The transformation's state, begun anew when the weights are others."""
        fresh = self._optax.init(params)
        if state is not None and _form(state["optax"]) == _form(fresh):
            return state
        return {
            "iterations": jnp.zeros((), jnp.int32),
            "learning_rate": jnp.zeros((), jnp.float32),
            "shared": {},
            "slots": {},
            "optax": fresh,
        }

    def update(
        self,
        grads: Mapping[str, jax.Array],
        state: Any,
        params: Mapping[str, jax.Array],
    ) -> tuple[dict[str, jax.Array], Any]:
        """One step of the transformation."""
        changes, inner = self._optax.update(grads, state["optax"], params)
        count = state["iterations"] + 1
        return changes, {**state, "optax": inner, "iterations": count}


def _form(tree):
    leaves, structure = jax.tree.flatten(tree)
    return structure, [(jnp.shape(leaf), jnp.result_type(leaf)) for leaf in leaves]
