"""Optimizers by hand: gradients applied to weights outside of fit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import jax
from numpy.typing import ArrayLike

from nbkeras.core import stateless_scope
from nbkeras.core.variable import as_array


class ByHand:
    """`apply` and its old form, for training loops that users write themselves."""

    _paths: dict[Any, str]
    _own_state: Any

    def build(self, weights: Sequence[Any]) -> None:
        """Make the state for a list of weights (with value, assign and path).

        What is known of other weights stays, for those who move their weights in parts.
        """
        self._weights = list(weights)
        keys = [self._key(i, w) for i, w in enumerate(self._weights)]
        # The state begins with plain arrays, also where a step is being traced.
        with stateless_scope.outside(), jax.ensure_compile_time_eval():
            params = {key: w.value for key, w in zip(keys, self._weights, strict=True)}
            before = self.state
            state = _with_others(self.init_missing(before, params), before)
            self.keep_value(state)
        scope = stateless_scope.current()
        if scope is not None and self in scope.values:
            scope.write(self, _with_others(state, self.state))

    def _is_built_for(self, weights):
        known = self._weights
        return (
            self.state is not None
            and known is not None
            and len(known) == len(weights)
            and all(a is b for a, b in zip(known, weights, strict=True))
        )

    def apply(
        self,
        grads: Sequence[ArrayLike],
        trainable_variables: Sequence[Any] | None = None,
    ) -> None:
        """Move the weights by one step.

        Args:
            grads: one gradient for each weight, in their order; a weight whose
                gradient is None stays as it is.
            trainable_variables: the weights; needed the first time.

        Raises:
            ValueError: no weights are known, the numbers differ, or all are None.
        """
        if trainable_variables is None and self._weights is None:
            raise ValueError(
                "This optimizer has no weights yet. Write "
                "optimizer.apply(grads, weights), or optimizer.build(weights) once."
            )
        weights = list(self._weights or ())
        if trainable_variables is not None:
            weights = list(trainable_variables)
        if not self._is_built_for(weights):
            self.build(weights)
        if len(grads) != len(weights):
            raise ValueError(
                f"apply got {len(grads)} gradients for {len(weights)} weights. "
                "Give one gradient for each weight."
            )
        keys = [self._key(i, w) for i, w in enumerate(weights)]
        triples = zip(keys, weights, grads, strict=True)
        moving = {key: (w, g) for key, w, g in triples if g is not None}
        if not moving:
            raise ValueError(
                "apply got None for every gradient: the loss does not depend on these "
                "weights. Compute it from them, or leave them out."
            )
        params = {key: w.value for key, (w, _) in moving.items()}
        given = {key: as_array(g) for key, (_, g) in moving.items()}
        before = self.state
        state = before
        if any(len(slot) > len(moving) for slot in before.get("slots", {}).values()):
            state = {**before, "slots": _of_keys(before["slots"], moving)}
        changes, after = self.update(given, state, params)
        stateless_scope.keep({self: _with_others(after, before)})
        for key, (weight, _) in moving.items():
            moved = params[key] + changes[key]
            constraint = getattr(weight, "constraint", None)
            weight.assign(constraint(moved) if constraint else moved)

    def apply_gradients(self, grads_and_vars: Iterable[tuple[ArrayLike, Any]]) -> None:
        """Move the weights by one step; pairs of gradient and weight."""
        grads, weights = zip(*grads_and_vars, strict=True)
        self.apply(list(grads), list(weights))

    def stateless_apply(
        self,
        optimizer_variables: Sequence[jax.Array],
        grads: Sequence[jax.Array],
        trainable_variables: Sequence[jax.Array],
    ) -> tuple[list[jax.Array], list[jax.Array]]:
        """One step as a pure function of lists of arrays; `build` comes before.

        Args:
            optimizer_variables: as in `self.variables`.
            grads: one gradient for each weight.
            trainable_variables: the values of the weights.

        Returns:
            (new values of the weights, new optimizer variables).
        """
        if self._weights is None:
            raise ValueError(
                "stateless_apply needs to know the weights. Write first "
                "optimizer.build(model.trainable_variables)."
            )
        keys = [self._key(i, w) for i, w in enumerate(self._weights)]
        state = self.from_variables_list(optimizer_variables, keys, self.state)
        params = dict(zip(keys, trainable_variables, strict=True))
        given = dict(zip(keys, map(as_array, grads), strict=True))
        changes, state = self.update(given, state, params)
        moved = []
        for key, weight in zip(keys, self._weights, strict=True):
            constraint = getattr(weight, "constraint", None)
            value = params[key] + changes[key]
            moved.append(constraint(value) if constraint else value)
        return moved, self.variables_list(state, keys)

    @property
    def variables(self) -> list[Any]:
        """The state's arrays in Keras's order."""
        if self.state is None:
            return []
        slots = self.state["slots"]
        paths = list(next(iter(slots.values()))) if slots else []
        return self.variables_list(self.state, paths)

    def _key(self, number, weight):
        """The entry of a weight in the slots, its own whatever its path becomes."""
        if weight not in self._paths:
            key = f"{number:04d}/{weight.path}"
            while key in self._paths.values():
                key += "_"
            self._paths[weight] = key
        return self._paths[weight]


def _of_keys(slots, keys):
    """The slots of some weights alone."""
    return {
        name: {key: value for key, value in values.items() if key in keys}
        for name, values in slots.items()
    }


def _with_others(state, before):
    """`state` with the slots of all the weights that only `before` knows."""
    if before is None or "slots" not in state:
        return state
    slots = {
        name: {**before["slots"].get(name, {}), **values}
        for name, values in state["slots"].items()
    }
    return {**state, "slots": slots}
