"""One optimizer step: accumulate, clip, decay, apply the rule, average."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.optimizers import clipping


class Stepping:
    """Mixin of Optimizer: pure functions of gradients, state and weights."""

    def update(
        self,
        grads: Mapping[str, jax.Array],
        state: Any,
        params: Mapping[str, jax.Array],
    ) -> tuple[dict[str, jax.Array], Any]:
        """Compute (changes, state) as in optax; new weights are `params + changes`."""
        if self.overridden:
            return self._update_by_methods(grads, state, params)
        return self._update(grads, state, params)

    def _update(self, grads, state, params):
        if self.loss_scale_factor is not None:
            grads = jax.tree.map(lambda g: g / self.loss_scale_factor, grads)
        steps = self.gradient_accumulation_steps
        if not steps:
            changes, state = self._step(grads, state, params)
        else:
            due = (state["iterations"] + 1) % steps == 0
            summed = jax.tree.map(
                jnp.add, grads, state["slots"]["gradient_accumulator"]
            )
            changes, state = jax.lax.cond(
                due,
                lambda: self._accumulated(summed, state, params, steps),
                lambda: (
                    jax.tree.map(jnp.zeros_like, params),
                    _with_slots(state, gradient_accumulator=summed),
                ),
            )
        if self.use_ema:
            changes, state = self._average(changes, state, params)
        return changes, {**state, "iterations": state["iterations"] + 1}

    def update_in_fit(
        self,
        grads: Mapping[str, jax.Array],
        state: Any,
        params: Mapping[str, jax.Array],
    ) -> tuple[dict[str, jax.Array], Any]:
        """As `update`, for gradients of an unscaled loss; undoes its loss scaling."""
        if self.loss_scale_factor is not None:
            grads = {p: g * self.loss_scale_factor for p, g in grads.items()}
        return self.update(grads, state, params)

    def _accumulated(self, summed, state, params, steps):
        mean = jax.tree.map(lambda g: g / steps, summed)
        changes, state = self._step(mean, state, params)
        zeros = jax.tree.map(jnp.zeros_like, summed)
        return changes, _with_slots(state, gradient_accumulator=zeros)

    def moves_in(self, state: Any) -> jax.Array:
        """The number of updates, not counting steps that only accumulate gradients."""
        return state["iterations"] // (self.gradient_accumulation_steps or 1)

    def _step(self, grads, state, params):
        if self.overridden:
            return self._step_of_methods(grads, state, params)
        grads = clipping.clip(self, grads)
        t = (self.moves_in(state) + 1).astype(jnp.float32)
        lr = self.rate_of(state)
        names = [slot for group in self.slot_groups() for slot in group]
        shared = self.shared_next(state["shared"], t)
        changes, slots = {}, {name: {} for name in names}
        for path, w in params.items():
            decay = self.decay_of(path, w)
            decayed = w - w * decay * lr if decay else w
            own = {
                name: state["slots"][name][path]
                for name in names
                if path in state["slots"][name]
            }
            g = grads[path].astype(w.dtype)
            delta, new = self.rule(g, decayed, own, t, lr.astype(w.dtype), shared)
            changes[path] = (delta + (decayed - w)).astype(w.dtype)
            for name in own:
                slots[name][path] = new[name]
        return changes, {**_with_slots(state, **slots), "shared": shared}

    def _average(self, changes, state, params):
        decay = self.ema_momentum
        new = {path: w + changes[path] for path, w in params.items()}
        # The average starts at the weights after the first update.
        is_first = self.moves_in(state) == 0
        average = {
            path: jnp.where(
                is_first, new[path], decay * old + (1.0 - decay) * new[path]
            )
            for path, old in state["slots"]["average"].items()
        }
        state = _with_slots(state, average=average)
        if self.ema_overwrite_frequency:
            due = (self.moves_in(state) + 1) % self.ema_overwrite_frequency == 0
            changes = {
                path: jnp.where(due, average[path] - w, changes[path])
                for path, w in params.items()
            }
        return changes, state

    def finalize(
        self, params: Mapping[str, jax.Array], state: Any
    ) -> dict[str, jax.Array]:
        """The final weights of a fit: their averages if `use_ema`, else unchanged."""
        if self.use_ema:
            average = state["slots"]["average"]
            return {p: jnp.array(average[p], copy=True) for p in params}
        return params


def _with_slots(state, **slots):
    return {**state, "slots": {**state["slots"], **slots}}
