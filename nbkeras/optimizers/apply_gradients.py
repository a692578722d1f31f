"""Apply gradients outside of fit, for custom training loops."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike


class ByHand:
    """`apply` and `apply_gradients`, for custom training loops."""

    def build(self, weights: Sequence[Any]) -> None:
        """Create the state for a list of weights (with value, assign and path)."""
        self._weights = list(weights)
        params = {self._key(i, w): w.value for i, w in enumerate(self._weights)}
        self._state = self.init_missing(self._state, params)

    def apply(
        self,
        grads: Sequence[ArrayLike],
        trainable_variables: Sequence[Any] | None = None,
    ) -> None:
        """Update the weights by one step.

        Args:
            grads: one gradient for each weight, in their order; a weight whose
                gradient is None stays as it is.
            trainable_variables: the weights; needed the first time.

        Raises:
            ValueError: no weights are known, the numbers differ, or all are None.
        """
        if trainable_variables is not None or self._weights is None:
            if trainable_variables is None:
                raise ValueError(
                    "This optimizer has no weights yet. Write "
                    "optimizer.apply(grads, weights), or optimizer.build(weights) once."
                )
            self.build(trainable_variables)
        if len(grads) != len(self._weights):
            raise ValueError(
                f"apply got {len(grads)} gradients for {len(self._weights)} weights. "
                "Give one gradient for each weight."
            )
        keys = [self._key(i, w) for i, w in enumerate(self._weights)]
        triples = zip(keys, self._weights, grads, strict=True)
        moving = {key: (w, g) for key, w, g in triples if g is not None}
        if not moving:
            raise ValueError(
                "apply got None for every gradient: the loss does not depend on these "
                "weights. Compute the loss from them, or leave them out."
            )
        params = {key: w.value for key, (w, _) in moving.items()}
        given = {key: jnp.asarray(g) for key, (_, g) in moving.items()}
        before = self._state
        if len(moving) == len(keys):
            changes, self._state = self.update(given, before, params)
        else:
            state = {**before, "slots": _of_keys(before["slots"], moving)}
            changes, after = self.update(given, state, params)
            slots = {n: v | after["slots"][n] for n, v in before["slots"].items()}
            self._state = {**after, "slots": slots}
        for key, (weight, _) in moving.items():
            moved = params[key] + changes[key]
            constraint = getattr(weight, "constraint", None)
            weight.assign(constraint(moved) if constraint else moved)

    def apply_gradients(self, grads_and_vars: Iterable[tuple[ArrayLike, Any]]) -> None:
        """Update the weights by one step, from pairs of gradient and weight."""
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
        given = dict(zip(keys, grads, strict=True))
        changes, state = self.update(given, state, params)
        moved = [params[key] + changes[key] for key in keys]
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
        return f"{number:04d}/{weight.path}"


def _of_keys(slots, keys):
    """The slots of some weights only."""
    return {
        name: {key: value for key, value in values.items() if key in keys}
        for name, values in slots.items()
    }
