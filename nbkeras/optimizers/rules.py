"""SGD, RMSprop and the rest. The learning rate stands inside the velocity of momentum
methods, as in Keras, which matters when it changes while training."""

import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.optimizers.base import Optimizer
from nbkeras.optimizers.registry import register


@register("SGD", "sgd")
class SGD(Optimizer):
    """Gradient descent, with momentum if asked.

    Args:
        learning_rate: a number or a schedule.
        momentum: how much of the last step is kept, 0 to 1.
        nesterov: look ahead by the momentum.

    Source: Sutskever et al., "On the importance of initialization and momentum" (2013).
    """

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, **base):
        super().__init__(learning_rate, **base)
        self.momentum = check.number("SGD", "momentum", momentum, 0, 1, example=0.9)
        self.nesterov = bool(nesterov)

    def slot_groups(self):
        """The velocity, where there is momentum."""
        return [("momentum",)] if self.momentum else []

    def rule(self, g, w, slots, t, lr, shared):
        """Velocity v = momentum * v - lr * g."""
        if not self.momentum:
            return -lr * g, {}
        v = self.momentum * slots["momentum"] - lr * g
        return (self.momentum * v - lr * g if self.nesterov else v), {"momentum": v}


@register("RMSprop", "rmsprop")
class RMSprop(Optimizer):
    """Gradients divided by the root of their running mean square.

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
        learning_rate=0.001,
        rho=0.9,
        momentum=0.0,
        epsilon=1e-7,
        centered=False,
        **base,
    ):
        super().__init__(learning_rate, **base)
        self.rho, self.momentum = rho, momentum
        self.epsilon = 1e-7 if epsilon is None else epsilon
        self.centered = centered

    def slot_groups(self):
        """Mean square, and what momentum and centring need."""
        groups = [("velocity",)]
        groups += [("momentum",)] if self.momentum else []
        return groups + ([("average_gradient",)] if self.centered else [])

    def rule(self, g, w, slots, t, lr, shared):
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
    """Gradients divided by the root of the sum of all their squares.

    Args:
        learning_rate: a number or a schedule.
        initial_accumulator_value: where the sum begins.
        epsilon: keeps the division finite.

    Source: Duchi et al., "Adaptive Subgradient Methods" (2011).
    """

    def __init__(
        self, learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7, **base
    ):
        super().__init__(learning_rate, **base)
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

    def slot_groups(self):
        """The sum of squares."""
        return [("accumulator",)]

    def slot_start(self, slot, weight):
        """Not at zero, so that the first steps are not too long."""
        return jnp.full_like(weight, self.initial_accumulator_value)

    def rule(self, g, w, slots, t, lr, shared):
        """The sum only grows, so steps only shrink."""
        total = slots["accumulator"] + g * g
        return -lr * g / jnp.sqrt(total + self.epsilon), {"accumulator": total}


@register("Adadelta", "adadelta")
class Adadelta(Optimizer):
    """Steps in the units of the weights: mean step over mean gradient.

    Args:
        learning_rate: a number or a schedule; the paper's method has 1.0.
        rho: how much of the means is kept.
        epsilon: keeps the division finite.

    Source: Zeiler, "ADADELTA" (2012).
    """

    def __init__(self, learning_rate=0.001, rho=0.95, epsilon=1e-7, **base):
        super().__init__(learning_rate, **base)
        self.rho, self.epsilon = rho, 1e-7 if epsilon is None else epsilon

    def slot_groups(self):
        """Mean squares of gradients and of steps."""
        return [("accumulated_grad", "accumulated_delta_var")]

    def rule(self, g, w, slots, t, lr, shared):
        """The mean of steps is taken before the learning rate."""
        rho, eps = self.rho, self.epsilon
        seen = rho * slots["accumulated_grad"] + (1.0 - rho) * g * g
        moved = slots["accumulated_delta_var"]
        step = -jnp.sqrt(moved + eps) * g / jnp.sqrt(seen + eps)
        moved = rho * moved + (1.0 - rho) * step * step
        return lr * step, {"accumulated_grad": seen, "accumulated_delta_var": moved}


@register("Lion", "lion")
class Lion(Optimizer):
    """The sign of a mean of gradient and momentum: every weight moves equally far.

    Args:
        learning_rate: a number or a schedule.
        beta_1: share of the momentum in the step.
        beta_2: how much of the momentum is kept.

    Source: Chen et al., "Symbolic Discovery of Optimization Algorithms" (2023).
    """

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.99, **base):
        super().__init__(learning_rate, **base)
        self.beta_1, self.beta_2 = beta_1, beta_2

    def slot_groups(self):
        """The momentum."""
        return [("momentum",)]

    def rule(self, g, w, slots, t, lr, shared):
        """The momentum is moved after it was used."""
        m = slots["momentum"]
        step = jnp.sign(m * self.beta_1 + g * (1.0 - self.beta_1))
        return -lr * step, {"momentum": m * self.beta_2 + g * (1.0 - self.beta_2)}


@register("Ftrl", "ftrl")
class Ftrl(Optimizer):
    """Follow the regularised leader, for sparse linear models.

    Args:
        learning_rate: a number or a schedule.
        learning_rate_power: at most 0; -0.5 is a square root.
        initial_accumulator_value: where the sum of squares begins.
        l1_regularization_strength: pulls weights to exactly zero.
        l2_regularization_strength: shrinks weights.
        l2_shrinkage_regularization_strength: adds to the gradient.
        beta: of the paper.

    Source: McMahan et al., "Ad Click Prediction" (2013).
    """

    def __init__(
        self,
        learning_rate=0.001,
        learning_rate_power=-0.5,
        initial_accumulator_value=0.1,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        l2_shrinkage_regularization_strength=0.0,
        beta=0.0,
        **base,
    ):
        super().__init__(learning_rate, **base)
        check.number("Ftrl", "learning_rate_power", learning_rate_power, high=0)
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta

    def slot_groups(self):
        """Sum of squares and the linear term."""
        return [("accumulator", "linear")]

    def slot_start(self, slot, weight):
        """The sum of squares does not begin at zero."""
        first = self.initial_accumulator_value if slot == "accumulator" else 0.0
        return jnp.full_like(weight, first)

    def rule(self, g, w, slots, t, lr, shared):
        """The weight is found anew from the linear term each step."""
        power, l1 = -self.learning_rate_power, self.l1_regularization_strength
        before = slots["accumulator"]
        after = before + g * g
        shrunk = g + 2.0 * self.l2_shrinkage_regularization_strength * w
        linear = slots["linear"] + shrunk - (after**power - before**power) / lr * w
        l2 = self.l2_regularization_strength + self.beta / (2.0 * lr)
        new = (jnp.clip(linear, -l1, l1) - linear) / (after**power / lr + 2.0 * l2)
        return new - w, {"accumulator": after, "linear": linear}


@register("Adafactor", "adafactor")
class Adafactor(Optimizer):
    """Adam's second moment kept as a row and a column, to save memory.

    Args:
        learning_rate: a number or a schedule.
        beta_2_decay: how fast the mean square's memory grows.
        epsilon_1: keeps squares above zero.
        epsilon_2: keeps the scale of weights above zero.
        clip_threshold: largest root mean square of a step.
        relative_step: steps shrink with the root of their number.

    Source: Shazeer and Stern, "Adafactor" (2018).
    """

    def __init__(
        self,
        learning_rate=0.001,
        beta_2_decay=-0.8,
        epsilon_1=1e-30,
        epsilon_2=1e-3,
        clip_threshold=1.0,
        relative_step=True,
        **base,
    ):
        super().__init__(learning_rate, **base)
        self.beta_2_decay = beta_2_decay
        self.epsilon_1, self.epsilon_2 = epsilon_1, epsilon_2
        self.clip_threshold, self.relative_step = clip_threshold, relative_step

    def slot_groups(self):
        """Row, column and full mean squares."""
        return [("row", "column", "velocity")]

    def slot_start(self, slot, weight):
        """Weights of one axis keep the full mean square only."""
        if slot == "velocity":
            return jnp.zeros_like(weight)
        if weight.ndim < 2:
            return jnp.zeros((), weight.dtype)
        shape = weight.shape
        shape = shape[:-1] if slot == "row" else (*shape[:-2], shape[-1])
        return jnp.zeros(shape, weight.dtype)

    def rule(self, g, w, slots, t, lr, shared):
        """Row times column stands for the full square."""
        root = 1.0 / jnp.sqrt(t)
        if self.relative_step and self._schedule is None:
            lr = jnp.minimum(lr, root)
        alpha = jnp.maximum(self.epsilon_2, _rms(w)) * jnp.minimum(lr, root)
        keep = 1.0 - t**self.beta_2_decay
        square = g * g + self.epsilon_1
        row, column = slots["row"], slots["column"]
        if w.ndim >= 2:
            row = keep * row + (1.0 - keep) * square.mean(-1)
            column = keep * column + (1.0 - keep) * square.mean(-2)
            scaled = row / row.mean(-1, keepdims=True)
            v = scaled[..., None] * column[..., None, :]
        else:
            v = keep * slots["velocity"] + (1.0 - keep) * square
        step = g / jnp.sqrt(v)
        step = step / jnp.maximum(1.0, _rms(step) / self.clip_threshold)
        return -alpha * step, {"row": row, "column": column, "velocity": v}


def _rms(x):
    return jnp.sqrt(jnp.mean(x * x))
