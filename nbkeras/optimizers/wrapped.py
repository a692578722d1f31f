"""An optax transformation as an optimizer."""

from nbkeras.optimizers.base import Optimizer


class OptaxOptimizer(Optimizer):
    """Wraps `optax.adam(1e-3)` and the like; the learning rate is optax's own."""

    def __init__(self, transformation, name=None):
        super().__init__(0.0, name=name or "optax")
        self._optax = transformation

    def init_missing(self, state, params):
        """The transformation's state, begun anew when the weights are others."""
        import jax.numpy as jnp

        known = (state or {}).get("params")
        if state is not None and known == tuple(sorted(params)):
            return state
        return {
            "iterations": jnp.zeros((), jnp.int32),
            "learning_rate": jnp.zeros((), jnp.float32),
            "shared": {},
            "slots": {},
            "optax": self._optax.init(params),
        }

    def update(self, grads, state, params):
        """One step of the transformation."""
        changes, inner = self._optax.update(grads, state["optax"], params)
        count = state["iterations"] + 1
        return changes, {**state, "optax": inner, "iterations": count}
