"""SGD, RMSprop and the rest. The learning rate stands inside the velocity of momentum
methods, as in Keras, which matters when it changes while training.
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
        momentum: how much of the last step is kept, 0 to 1.
        nesterov: look ahead by the momentum.

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
        """The velocity, where there is momentum."""
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
    """RMSprop: divide gradients by the root of their running mean square.

    Args:
        learning_rate: a number or a schedule.
        rho: how much of the mean square is kept.
        momentum: how much of the last step is kept.
        epsilon: keeps the division finite.
        centered: subtract the squared mean gradient.

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
        """Mean square, and the slots of momentum and centering."""
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
        """The step, then momentum over it."""
        v = self.rho * slots["velocity"] + (1.0 - self.rho) * g * g
        new, size = {"velocity": v}, v + self.epsilon
        if self.centered:
            mean = self.rho * slots["average_gradient"] + (1.0 - self.rho) * g
            new["average_gradient"] = mean
            size = v - mean * mean + self.epsilon
        step = lr * g / jnp.sqrt(size)
        if self.momentum:
            step = self.momentum * slots["momentum"] + step
            new["momentum"] = step
        return -step, new


@register("Adagrad", "adagrad")
class Adagrad(Optimizer):
    """Adagrad: divide gradients by the root of the sum of their squares.

    Args:
        learning_rate: a number or a schedule.
        initial_accumulator_value: where the sum begins.
        epsilon: keeps the division finite.

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
        """The sum of squares."""
        return [("accumulator",)]

    def slot_start(self, slot: str, weight: jax.Array) -> jax.Array:
        """Not zero, so that the first steps are not too large."""
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
        """The sum only grows, so steps only shrink."""
        total = slots["accumulator"] + g * g
        return -lr * g / jnp.sqrt(total + self.epsilon), {"accumulator": total}


@register("Adadelta", "adadelta")
class Adadelta(Optimizer):
    """Adadelta: steps in the units of the weights, mean step over mean gradient.

    Args:
        learning_rate: a number or a schedule; the paper's method has 1.0.
        rho: how much of the means is kept.
        epsilon: keeps the division finite.

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
        """Mean squares of gradients and of steps."""
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
        """The mean of steps is taken before the learning rate."""
        rho, eps = self.rho, self.epsilon
        seen = rho * slots["accumulated_grad"] + (1.0 - rho) * g * g
        moved = slots["accumulated_delta_var"]
        step = -jnp.sqrt(moved + eps) * g / jnp.sqrt(seen + eps)
        moved = rho * moved + (1.0 - rho) * step * step
        return lr * step, {"accumulated_grad": seen, "accumulated_delta_var": moved}


@register("Lion", "lion")
class Lion(Optimizer):
    """Lion: step by the sign of a mean of gradient and momentum.

    Args:
        learning_rate: a number or a schedule.
        beta_1: share of the momentum in the step.
        beta_2: how much of the momentum is kept.

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
        """The momentum."""
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
        """The momentum is updated after its use."""
        m = slots["momentum"]
        step = jnp.sign(m * self.beta_1 + g * (1.0 - self.beta_1))
        return -lr * step, {"momentum": m * self.beta_2 + g * (1.0 - self.beta_2)}
