"""An optax transformation as an optimizer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from nbkeras.core import check
from nbkeras.optimizers.base import Optimizer

if TYPE_CHECKING:
    import optax


class OptaxOptimizer(Optimizer):
    """Wrap an optax transformation, such as `optax.adam(1e-3)`.

    The learning rate can be read and set only if the transformation keeps it in its
    state, as one made by `optax.inject_hyperparams` does.

    Args:
        transformation: an `optax.GradientTransformation`.
        name: name of the optimizer; "optax" by default.

    >>> import optax
    >>> adam = OptaxOptimizer(optax.inject_hyperparams(optax.adam)(learning_rate=0.5))
    >>> float(adam.learning_rate)
    0.5
    """

    def __init__(
        self, transformation: optax.GradientTransformation, name: str | None = None
    ):
        super().__init__(0.0, name=name or "optax")
        self._optax = transformation
        self._chosen_rate = None

    @property
    def learning_rate(self) -> jax.Array:
        """The injected rate (of a schedule, that of the last step); else NaN."""
        state = self._part("optax")
        return _rate_in(self._begin() if state is None else state)

    @learning_rate.setter
    def learning_rate(self, value: ArrayLike) -> None:
        fixed = self.why_fixed()
        if fixed:
            raise TypeError(fixed)
        value = float(value)
        check.number("OptaxOptimizer", "learning_rate", value, 0, example=1e-3)
        self._chosen_rate = value
        state = self._part("optax")
        if state is not None:
            self.change(optax=_with_rate(state, value))

    lr = learning_rate

    def why_fixed(self) -> str | None:
        """Why the learning rate cannot be set, or None if it can."""
        state = self._part("optax")
        nodes = _injected(self._begin() if state is None else state)
        if len(nodes) == 1 and "learning_rate" not in getattr(
            nodes[0], "hyperparams_states", {}
        ):
            return None
        return (
            "The learning rate of an optax transformation cannot be set from outside. "
            "Give optax a schedule, optax.adam(lambda step: ...); make it settable, "
            "optax.inject_hyperparams(optax.adam)(learning_rate=0.001); or compile "
            "with an optimizer of nbkeras: Adam(learning_rate=0.001)."
        )

    def rate_of(self, state: dict[str, Any]) -> jax.Array:
        """The injected learning rate in `state`, or NaN."""
        return _rate_in(state["optax"])

    def init_missing(
        self, state: dict[str, Any] | None, params: dict[str, jax.Array]
    ) -> dict[str, Any]:
        """The transformation's state, reinitialized when the weights change."""
        fresh = self._optax.init(params)
        if self._chosen_rate is not None:
            fresh = _with_rate(fresh, self._chosen_rate)
        if state is not None and _structure(state["optax"]) == _structure(fresh):
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
        """Compute (changes, state) by one step of the transformation."""
        changes, inner = self._optax.update(grads, state["optax"], params)
        count = state["iterations"] + 1
        return changes, {**state, "optax": inner, "iterations": count}

    def _begin(self):
        """The initial state for no weights; () if the transformation needs weights."""
        try:
            state = self._optax.init({})
        except Exception:  # some transformations require parameters
            return ()
        return (
            state if self._chosen_rate is None else _with_rate(state, self._chosen_rate)
        )


def _structure(tree):
    leaves, structure = jax.tree.flatten(tree)
    return structure, [(jnp.shape(leaf), jnp.result_type(leaf)) for leaf in leaves]


def _has_rate(node):
    """Whether `node` is the state of `inject_hyperparams` with a learning rate."""
    return "learning_rate" in getattr(node, "hyperparams", ())


def _injected(state):
    """The parts of an optax state that hold a learning rate."""
    return [n for n in jax.tree.leaves(state, is_leaf=_has_rate) if _has_rate(n)]


def _rate_in(state):
    nodes = _injected(state)
    # With several injected rates there is no single one to report.
    rate = nodes[0].hyperparams["learning_rate"] if len(nodes) == 1 else jnp.nan
    return jnp.asarray(rate, jnp.float32)


def _with_rate(state, rate):
    """`state` with another injected learning rate."""

    def replaced(node):
        if not _has_rate(node):
            return node
        dtype = jnp.result_type(node.hyperparams["learning_rate"])
        rates = {**node.hyperparams, "learning_rate": jnp.asarray(rate, dtype)}
        return node._replace(hyperparams=rates)

    return jax.tree.map(replaced, state, is_leaf=_has_rate)
