"""The Adam family.

Epsilon is added outside the bias correction, as in Keras; optax's Adam adds it inside,
which gives other steps when gradients are small.
"""

from __future__ import annotations

from typing import Unpack

import jax
import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.core.annotations import LearningRate, Slots
from nbkeras.optimizers.base import Optimizer, OptimizerArguments
from nbkeras.optimizers.registry import register


class Moments(Optimizer):
    """Base class of the Adam family: moving averages of the gradient and its square."""

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **base: Unpack[OptimizerArguments],
    ) -> None:
        super().__init__(learning_rate, **base)
        owner = type(self).__name__
        self.beta_1 = check.decay_rate(owner, "beta_1", beta_1)
        self.beta_2 = check.decay_rate(owner, "beta_2", beta_2, 0.999)
        epsilon = 1e-7 if epsilon is None else epsilon
        self.epsilon = check.number(owner, "epsilon", epsilon, 0, example=1e-7)

    def slot_groups(self) -> list[tuple[str, ...]]:
        """Slots of the first and second moment."""
        return [("momentum", "velocity")]

    def means(self, g: jax.Array, slots: Slots) -> tuple[jax.Array, jax.Array]:
        """Both moments, updated with the gradient `g`."""
        m = slots["momentum"] + (g - slots["momentum"]) * (1.0 - self.beta_1)
        v = slots["velocity"] + (g * g - slots["velocity"]) * (1.0 - self.beta_2)
        return m, v


@register("Adam", "adam")
class Adam(Moments):
    """Adam: steps from bias-corrected moving averages of the gradient and its square.

    Args:
        learning_rate: a number or a schedule.
        beta_1: decay rate of the first moment, the mean gradient.
        beta_2: decay rate of the second moment, the mean squared gradient.
        epsilon: added to the denominator for numerical stability.
        amsgrad: use the largest second moment so far.

    Source: Kingma and Ba, "Adam" (2015); AMSGrad: Reddi et al. (2018).
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        weight_decay: float | None = None,
        **base: Unpack[OptimizerArguments],
    ) -> None:
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, weight_decay=weight_decay, **base
        )
        self.amsgrad = amsgrad

    def slot_groups(self) -> list[tuple[str, ...]]:
        """Slots of both moments, and of the largest second moment for AMSGrad."""
        largest = [("velocity_hat",)] if self.amsgrad else []
        return [*super().slot_groups(), *largest]

    def rule(
        self,
        g: jax.Array,
        w: jax.Array,
        slots: Slots,
        t: jax.Array,
        lr: jax.Array,
        shared: Slots,
    ) -> tuple[jax.Array, Slots]:
        """The step of Adam; both bias corrections are folded into the step size."""
        m, v = self.means(g, slots)
        slots = {"momentum": m, "velocity": v} | (
            {"velocity_hat": jnp.maximum(slots["velocity_hat"], v)}
            if self.amsgrad
            else {}
        )
        step = lr * jnp.sqrt(1.0 - self.beta_2**t) / (1.0 - self.beta_1**t)
        size = slots["velocity_hat"] if self.amsgrad else v
        return -step * m / (jnp.sqrt(size) + self.epsilon), slots


@register("AdamW", "adamw")
class AdamW(Adam):
    """Adam with decoupled weight decay, by default 0.004 times the learning rate.

    Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (2019).

    Raises:
        ValueError: `weight_decay` is None.
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        weight_decay: float | None = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **base: Unpack[OptimizerArguments],
    ) -> None:
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, **base
        )
        if weight_decay is None:
            raise ValueError(
                "AdamW(weight_decay=None): AdamW is Adam with weight decay. Write "
                "AdamW(weight_decay=0.004), or Adam()."
            )


@register("Adamax", "adamax")
class Adamax(Moments):
    """Adam with the infinity norm of past gradients instead of the second moment.

    Args: as in Adam.
    Source: Kingma and Ba, "Adam" (2015), section 7.
    """

    def slot_groups(self) -> list[tuple[str, ...]]:
        """Slots of the first moment and the infinity norm."""
        return [("momentum", "norm")]

    def rule(
        self,
        g: jax.Array,
        w: jax.Array,
        slots: Slots,
        t: jax.Array,
        lr: jax.Array,
        shared: Slots,
    ) -> tuple[jax.Array, Slots]:
        """The step of Adamax; the norm decays by beta_2 per step."""
        m = slots["momentum"] + (g - slots["momentum"]) * (1.0 - self.beta_1)
        u = jnp.maximum(self.beta_2 * slots["norm"], jnp.abs(g))
        delta = -lr * m / ((1.0 - self.beta_1**t) * (u + self.epsilon))
        return delta, {"momentum": m, "norm": u}


@register("Nadam", "nadam")
class Nadam(Moments):
    """Adam with Nesterov momentum and a momentum warm-up.

    Args: as in Adam.
    Source: Dozat, "Incorporating Nesterov Momentum into Adam" (2016).
    """

    def shared_start(self) -> Slots:
        """The product of the momentum factors, which starts at 1."""
        return {"u_product": jnp.ones((), jnp.float32)}

    def shared_next(self, shared: Slots, t: jax.Array) -> Slots:
        """The product, extended by the factor of step `t`."""
        return {"u_product": shared["u_product"] * self._factor(t)}

    def _factor(self, t):
        return self.beta_1 * (1.0 - 0.5 * 0.96**t)

    def rule(
        self,
        g: jax.Array,
        w: jax.Array,
        slots: Slots,
        t: jax.Array,
        lr: jax.Array,
        shared: Slots,
    ) -> tuple[jax.Array, Slots]:
        """The mean uses the next step's momentum factor, the gradient this step's."""
        factor, next_factor = self._factor(t), self._factor(t + 1.0)
        product = shared["u_product"]
        m, v = self.means(g, slots)
        m_hat = next_factor * m / (1.0 - product * next_factor)
        m_hat = m_hat + (1.0 - factor) * g / (1.0 - product)
        v_hat = v / (1.0 - self.beta_2**t)
        delta = -lr * m_hat / (jnp.sqrt(v_hat) + self.epsilon)
        return delta, {"momentum": m, "velocity": v}


@register("Lamb", "lamb")
class Lamb(Moments):
    """LAMB: Adam steps scaled by the norm of each weight, for large batches.

    Args: as in Adam.
    Source: You et al., "Large Batch Optimization for Deep Learning" (2020).
    """

    def rule(
        self,
        g: jax.Array,
        w: jax.Array,
        slots: Slots,
        t: jax.Array,
        lr: jax.Array,
        shared: Slots,
    ) -> tuple[jax.Array, Slots]:
        """The step of Lamb; the trust ratio is 1 if one of the norms is 0."""
        m, v = self.means(g, slots)
        denominator = jnp.sqrt(v / (1.0 - self.beta_2**t)) + self.epsilon
        step = m / (1.0 - self.beta_1**t) / denominator
        w_norm, step_norm = jnp.sqrt(jnp.sum(w * w)), jnp.sqrt(jnp.sum(step * step))
        positive = (w_norm > 0) & (step_norm > 0)
        ratio = jnp.where(positive, w_norm / jnp.where(positive, step_norm, 1.0), 1.0)
        return -ratio * lr * step, {"momentum": m, "velocity": v}
