"""Muon and schedule-free AdamW."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Unpack

import jax
import jax.numpy as jnp

from nbkeras.core.annotations import LearningRate, Slots
from nbkeras.optimizers.adam_family import Adam
from nbkeras.optimizers.base import Optimizer, OptimizerArguments
from nbkeras.optimizers.registry import register


@register("Muon", "muon")
class Muon(Optimizer):
    """Muon: orthogonalized momentum for matrices, AdamW for other weights.

    Args:
        learning_rate: a number or a schedule.
        adam_beta_1: decay rate of AdamW's first moment.
        adam_beta_2: decay rate of AdamW's second moment.
        adam_weight_decay: weight decay of the weights that AdamW updates.
        epsilon: added to AdamW's denominator for numerical stability.
        weight_decay: weight decay of the matrices.
        exclude_layers: regular expressions; weights whose path matches use AdamW.
        exclude_embeddings: update embeddings with AdamW.
        muon_a, muon_b, muon_c: coefficients of the orthogonalizing polynomial.
        adam_lr_ratio: ratio of AdamW's learning rate to `learning_rate`.
        momentum: decay rate of the momentum.
        ns_steps: number of Newton-Schulz iterations.
        nesterov: use Nesterov momentum.
        rms_rate: root mean square of a step, to match Adam's; None does not rescale.

    Source: Jordan et al., "Muon" (2024); Liu et al., "Muon is Scalable" (2025).
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float = 0.004,
        epsilon: float = 1e-7,
        weight_decay: float | None = 0.004,
        *,
        exclude_layers: Sequence[str] | None = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.7750,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float = 0.2,
        **base: Unpack[OptimizerArguments],
    ) -> None:
        super().__init__(learning_rate, weight_decay=weight_decay, **base)
        self.adam_weight_decay, self.adam_lr_ratio = adam_weight_decay, adam_lr_ratio
        self._adam = Adam(1.0, adam_beta_1, adam_beta_2, epsilon)
        self.exclude_layers = list(exclude_layers or [])
        self.exclude_embeddings = exclude_embeddings
        self.muon_a, self.muon_b, self.muon_c = muon_a, muon_b, muon_c
        self.momentum, self.ns_steps, self.nesterov = momentum, ns_steps, nesterov
        self.rms_rate = rms_rate

    def _should_use_adamw(self, variable):
        return self._is_for_adam(variable.path, variable)

    def _is_for_adam(self, path, weight):
        excluded = self.exclude_embeddings and "embedding" in path.lower()
        named = any(re.search(pattern, path) for pattern in self.exclude_layers)
        return weight.ndim != 2 or excluded or named

    def slot_groups(self) -> list[tuple[str, ...]]:
        """Slots of the momentum, and of AdamW's second moment."""
        return [("momentum", "velocity")]

    def has_slot(self, slot: str, path: str, weight: jax.Array) -> bool:
        """Only weights updated by AdamW have a second moment."""
        return slot == "momentum" or self._is_for_adam(path, weight)

    def decay_of(self, path: str, weight: jax.Array) -> float | None:
        """The weight decay, which differs for weights updated by AdamW."""
        adam = self._is_for_adam(path, weight)
        decay = self.adam_weight_decay if adam else self.weight_decay
        return None if self._is_excluded(path) else decay

    def rule(
        self,
        g: jax.Array,
        w: jax.Array,
        slots: Slots,
        t: jax.Array,
        lr: jax.Array,
        shared: Slots,
    ) -> tuple[jax.Array, Slots]:
        """The step of AdamW for weights with a second moment, else that of Muon."""
        if "velocity" in slots:
            return self._adam.rule(g, w, slots, t, lr * self.adam_lr_ratio, shared)
        m = slots["momentum"] * self.momentum + g
        step = g + self.momentum * m if self.nesterov else m
        step = self.lr_adjust(self.zeropower_via_newtonschulz5(step, self.ns_steps))
        return -lr * step, {"momentum": m}

    def lr_adjust(self, x: jax.Array) -> jax.Array:
        """Rescale a step to about the size of Adam's, unless `rms_rate` is None."""
        if self.rms_rate is None:
            return x
        return x * max(x.shape) ** 0.5 * self.rms_rate

    def zeropower_via_newtonschulz5(self, x: jax.Array, steps: int) -> jax.Array:
        """Approximate U V^T of the SVD by Newton-Schulz iteration.

        Args:
            x: a matrix.
            steps: number of iterations.
        """
        tall = x.shape[0] > x.shape[1]
        x = x.T if tall else x
        x = x / (jnp.linalg.norm(x) + 1e-7)
        for _ in range(steps):
            square = x @ x.T
            x = self.muon_a * x + (
                (self.muon_b * square + self.muon_c * square @ square) @ x
            )
        return x.T if tall else x


@register("ScheduleFreeAdamW", "schedulefreeadamw")
class ScheduleFreeAdamW(Optimizer):
    """AdamW that averages its weights instead of lowering the learning rate.

    Args:
        learning_rate: a number or a schedule.
        beta_1: interpolation between the fast weights (0) and their average (1), at
            which gradients are computed.
        beta_2: decay rate of the mean square.
        epsilon: added to the denominator for numerical stability.
        warmup_steps: number of steps over which the learning rate rises from 0.

    Source: Defazio et al., "The Road Less Scheduled" (2024).
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.0025,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        warmup_steps: int = 0,
        **base: Unpack[OptimizerArguments],
    ) -> None:
        super().__init__(learning_rate, **base)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        self.warmup_steps = warmup_steps

    def slot_groups(self) -> list[tuple[str, ...]]:
        """Slots of the fast (not averaged) weights and of the mean square."""
        return [("momentum", "velocity")]

    def slot_start(self, slot: str, weight: jax.Array) -> jax.Array:
        """The fast weights start at the weights, the mean square at zero."""
        return jnp.array(weight) if slot == "momentum" else jnp.zeros_like(weight)

    def rule(
        self,
        g: jax.Array,
        w: jax.Array,
        slots: Slots,
        t: jax.Array,
        lr: jax.Array,
        shared: Slots,
    ) -> tuple[jax.Array, Slots]:
        """The step of the weights, which interpolate fast and averaged weights."""
        if self.warmup_steps:
            lr = lr * jnp.minimum(t / self.warmup_steps, 1.0)
        v = slots["velocity"] + (g * g - slots["velocity"]) * (1.0 - self.beta_2)
        denominator = jnp.sqrt(v / (1.0 - self.beta_2**t)) + self.epsilon
        old_fast = slots["momentum"]
        fast = old_fast - lr * g / denominator
        average = (w - (1.0 - self.beta_1) * old_fast) / self.beta_1
        average = (1.0 - 1.0 / t) * average + fast / t
        new = (1.0 - self.beta_1) * fast + self.beta_1 * average
        return new - w, {"momentum": fast, "velocity": v}
