"""SGD, RMSprop, Adagrad, Adadelta and Lion.

Momentum accumulates steps that already contain the learning rate, as in Keras, which
matters when the rate changes during training.
"""

from __future__ import annotations

from typing import Unpack

import jax
import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.core.annotations import LearningRate, Slots
from nbkeras.optimizers.base import Optimizer, OptimizerArguments
from nbkeras.optimizers.registry import register


@register("SGD", "sgd")
class SGD(Optimizer):
    """Stochastic gradient descent, with optional momentum.

    Args:
        learning_rate: a number or a schedule.
        momentum: fraction of the previous step to add, from 0 to 1.
        nesterov: use Nesterov momentum.

    Source: Sutskever et al., "On the importance of initialization and momentum" (2013).
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **base: Unpack[OptimizerArguments],
    ) -> None:
        super().__init__(learning_rate, **base)
        self.momentum = check.number("SGD", "momentum", momentum, 0, 1, example=0.9)
        self.nesterov = bool(nesterov)

    def slot_groups(self) -> list[tuple[str, ...]]:
        """The slot of the velocity, if there is momentum."""
        return [("momentum",)] if self.momentum else []

    def rule(
        self,
        g: jax.Array,
        w: jax.Array,
        slots: Slots,
        t: jax.Array,
        lr: jax.Array,
        shared: Slots,
    ) -> tuple[jax.Array, Slots]:
        """Velocity v = momentum * v - lr * g."""
        if not self.momentum:
            return -lr * g, {}
        v = self.momentum * slots["momentum"] - lr * g
        return (self.momentum * v - lr * g if self.nesterov else v), {"momentum": v}


@register("RMSprop", "rmsprop")
class RMSprop(Optimizer):
    """RMSprop: divide gradients by the root of their mean square.

    Args:
        learning_rate: a number or a schedule.
        rho: decay rate of the mean square.
        momentum: fraction of the previous step to add.
        epsilon: added to the denominator for numerical stability.
        centered: normalize by the variance, the mean square minus the squared mean.

    Source: Tieleman and Hinton, "Lecture 6.5: RMSProp" (2012).
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **base: Unpack[OptimizerArguments],
    ) -> None:
        super().__init__(learning_rate, **base)
        self.rho = check.number("RMSprop", "rho", rho, 0, 1, example=0.9)
        self.momentum = check.number("RMSprop", "momentum", momentum, 0, 1, example=0.9)
        epsilon = 1e-7 if epsilon is None else epsilon
        self.epsilon = check.number("RMSprop", "epsilon", epsilon, 0, example=1e-7)
        self.centered = centered

    def slot_groups(self) -> list[tuple[str, ...]]:
        """The slot of the mean square, and those of momentum and centering."""
        groups = [("velocity",)]
        groups += [("momentum",)] if self.momentum else []
        return groups + ([("average_gradient",)] if self.centered else [])

    def rule(
        self,
        g: jax.Array,
        w: jax.Array,
        slots: Slots,
        t: jax.Array,
        lr: jax.Array,
        shared: Slots,
    ) -> tuple[jax.Array, Slots]:
        """The step of RMSprop, with momentum applied to it."""
        v = self.rho * slots["velocity"] + (1.0 - self.rho) * g * g
        new_slots, variance = {"velocity": v}, v + self.epsilon
        if self.centered:
            mean = self.rho * slots["average_gradient"] + (1.0 - self.rho) * g
            new_slots["average_gradient"] = mean
            variance = v - mean * mean + self.epsilon
        step = lr * g / jnp.sqrt(variance)
        if self.momentum:
            step = self.momentum * slots["momentum"] + step
            new_slots["momentum"] = step
        return -step, new_slots


@register("Adagrad", "adagrad")
class Adagrad(Optimizer):
    """Adagrad: divide gradients by the root of the sum of their squares.

    Args:
        learning_rate: a number or a schedule.
        initial_accumulator_value: initial value of the sum.
        epsilon: added to the denominator for numerical stability.

    Source: Duchi et al., "Adaptive Subgradient Methods" (2011).
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **base: Unpack[OptimizerArguments],
    ) -> None:
        super().__init__(learning_rate, **base)
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = 1e-7 if epsilon is None else epsilon

    def slot_groups(self) -> list[tuple[str, ...]]:
        """The slot of the sum of squares."""
        return [("accumulator",)]

    def slot_start(self, slot: str, weight: jax.Array) -> jax.Array:
        """A positive start, so that the first steps are not too large."""
        return jnp.full_like(weight, self.initial_accumulator_value)

    def rule(
        self,
        g: jax.Array,
        w: jax.Array,
        slots: Slots,
        t: jax.Array,
        lr: jax.Array,
        shared: Slots,
    ) -> tuple[jax.Array, Slots]:
        """The step of Adagrad; the sum only grows, so the effective rate only falls."""
        total = slots["accumulator"] + g * g
        return -lr * g / jnp.sqrt(total + self.epsilon), {"accumulator": total}


@register("Adadelta", "adadelta")
class Adadelta(Optimizer):
    """Adadelta: scale gradients by the ratio of past steps to past gradients.

    Args:
        learning_rate: a number or a schedule; 1.0 is the method of the paper.
        rho: decay rate of the moving averages.
        epsilon: added to the denominator for numerical stability.

    Source: Zeiler, "ADADELTA" (2012).
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        **base: Unpack[OptimizerArguments],
    ) -> None:
        super().__init__(learning_rate, **base)
        self.rho = check.number("Adadelta", "rho", rho, 0, 1, example=0.95)
        epsilon = 1e-7 if epsilon is None else epsilon
        self.epsilon = check.number("Adadelta", "epsilon", epsilon, 0, example=1e-7)

    def slot_groups(self) -> list[tuple[str, ...]]:
        """Slots of the mean squares of gradients and steps."""
        return [("accumulated_grad", "accumulated_delta_var")]

    def rule(
        self,
        g: jax.Array,
        w: jax.Array,
        slots: Slots,
        t: jax.Array,
        lr: jax.Array,
        shared: Slots,
    ) -> tuple[jax.Array, Slots]:
        """The step of Adadelta; the mean of steps leaves out the learning rate."""
        rho, eps = self.rho, self.epsilon
        grads = rho * slots["accumulated_grad"] + (1.0 - rho) * g * g
        steps = slots["accumulated_delta_var"]
        step = -jnp.sqrt(steps + eps) * g / jnp.sqrt(grads + eps)
        steps = rho * steps + (1.0 - rho) * step * step
        return lr * step, {"accumulated_grad": grads, "accumulated_delta_var": steps}


@register("Lion", "lion")
class Lion(Optimizer):
    """Lion: steps by the sign of an interpolation of momentum and gradient.

    Args:
        learning_rate: a number or a schedule.
        beta_1: weight of the momentum in the step.
        beta_2: decay rate of the momentum.

    Source: Chen et al., "Symbolic Discovery of Optimization Algorithms" (2023).
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        **base: Unpack[OptimizerArguments],
    ) -> None:
        super().__init__(learning_rate, **base)
        self.beta_1 = check.decay_rate("Lion", "beta_1", beta_1)
        self.beta_2 = check.decay_rate("Lion", "beta_2", beta_2, 0.99)
        if not self.beta_1:
            raise ValueError(
                "Lion(beta_1=0.0): beta_1 must be above 0, or the step would be the "
                "sign of the gradient alone. Write Lion(beta_1=0.9)."
            )

    def slot_groups(self) -> list[tuple[str, ...]]:
        """The slot of the momentum."""
        return [("momentum",)]

    def rule(
        self,
        g: jax.Array,
        w: jax.Array,
        slots: Slots,
        t: jax.Array,
        lr: jax.Array,
        shared: Slots,
    ) -> tuple[jax.Array, Slots]:
        """The step of Lion, computed with the momentum before its update."""
        m = slots["momentum"]
        step = jnp.sign(m * self.beta_1 + g * (1.0 - self.beta_1))
        return -lr * step, {"momentum": m * self.beta_2 + g * (1.0 - self.beta_2)}
