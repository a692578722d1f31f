"""Ftrl and Adafactor."""

from __future__ import annotations

from typing import Unpack

import jax
import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.core.annotations import LearningRate, Slots
from nbkeras.optimizers.base import Optimizer, OptimizerArguments
from nbkeras.optimizers.registry import register


@register("Ftrl", "ftrl")
class Ftrl(Optimizer):
    """FTRL: follow the regularized leader, for sparse linear models.

    Args:
        learning_rate: a number or a schedule.
        learning_rate_power: exponent of the sum of squares, at most 0; -0.5 divides by
            its square root.
        initial_accumulator_value: initial value of the sum of squares.
        l1_regularization_strength: L1 penalty, which sets weights to exactly zero.
        l2_regularization_strength: L2 penalty, which shrinks weights.
        l2_shrinkage_regularization_strength: L2 penalty added to the gradient only.
        beta: the parameter beta of the paper.

    Source: McMahan et al., "Ad Click Prediction" (2013).
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        **base: Unpack[OptimizerArguments],
    ) -> None:
        super().__init__(learning_rate, **base)
        check.number("Ftrl", "learning_rate_power", learning_rate_power, high=0)
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = _not_negative(
            "initial_accumulator_value", initial_accumulator_value
        )
        self.l1_regularization_strength = _not_negative(
            "l1_regularization_strength", l1_regularization_strength
        )
        self.l2_regularization_strength = _not_negative(
            "l2_regularization_strength", l2_regularization_strength
        )
        self.l2_shrinkage_regularization_strength = _not_negative(
            "l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength
        )
        self.beta = beta

    def slot_groups(self) -> list[tuple[str, ...]]:
        """Slots of the sum of squares and the linear term."""
        return [("accumulator", "linear")]

    def slot_start(self, slot: str, weight: jax.Array) -> jax.Array:
        """`initial_accumulator_value` for the sum of squares, else zeros."""
        first = self.initial_accumulator_value if slot == "accumulator" else 0.0
        return jnp.full_like(weight, first)

    def rule(
        self,
        g: jax.Array,
        w: jax.Array,
        slots: Slots,
        t: jax.Array,
        lr: jax.Array,
        shared: Slots,
    ) -> tuple[jax.Array, Slots]:
        """The step of FTRL, which recomputes the weight from the linear term."""
        power, l1 = -self.learning_rate_power, self.l1_regularization_strength
        total = slots["accumulator"]
        new_total = total + g * g
        shrunk = g + 2.0 * self.l2_shrinkage_regularization_strength * w
        sigma = (new_total**power - total**power) / lr
        linear = slots["linear"] + shrunk - sigma * w
        l2 = self.l2_regularization_strength + self.beta / (2.0 * lr)
        quadratic = new_total**power / lr + 2.0 * l2
        new = (jnp.clip(linear, -l1, l1) - linear) / quadratic
        return new - w, {"accumulator": new_total, "linear": linear}


@register("Adafactor", "adafactor")
class Adafactor(Optimizer):
    """Adafactor: a second moment factored into rows and columns to save memory.

    Args:
        learning_rate: a number or a schedule.
        beta_2_decay: exponent of the decay rate of the second moment over steps.
        epsilon_1: lower bound of squared gradients.
        epsilon_2: lower bound of the scale of weights.
        clip_threshold: maximum root mean square of a step.
        relative_step: bound the learning rate by 1 / sqrt(step).

    Source: Shazeer and Stern, "Adafactor" (2018).
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
        **base: Unpack[OptimizerArguments],
    ) -> None:
        super().__init__(learning_rate, **base)
        self.beta_2_decay = beta_2_decay
        self.epsilon_1, self.epsilon_2 = epsilon_1, epsilon_2
        self.clip_threshold, self.relative_step = clip_threshold, relative_step

    def slot_groups(self) -> list[tuple[str, ...]]:
        """Slots of the row, column and full mean squares."""
        return [("row", "column", "velocity")]

    def slot_start(self, slot: str, weight: jax.Array) -> jax.Array:
        """Zeros; a weight with one axis uses only the full mean square."""
        if slot == "velocity":
            return jnp.zeros_like(weight)
        if weight.ndim < 2:
            return jnp.zeros((), weight.dtype)
        shape = weight.shape
        shape = shape[:-1] if slot == "row" else (*shape[:-2], shape[-1])
        return jnp.zeros(shape, weight.dtype)

    def rule(
        self,
        g: jax.Array,
        w: jax.Array,
        slots: Slots,
        t: jax.Array,
        lr: jax.Array,
        shared: Slots,
    ) -> tuple[jax.Array, Slots]:
        """The product of row and column approximates the full mean square."""
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
            scaled = (row / row.mean(-1, keepdims=True))[..., None]
            across = column[..., None, :]
            v = scaled * across
            # For rare gradients the product underflows in float32, and g / sqrt(v), as
            # in Keras, would be 0 / 0.
            step = g / jnp.sqrt(scaled) / jnp.sqrt(across)
        else:
            v = keep * slots["velocity"] + (1.0 - keep) * square
            step = g / jnp.sqrt(v)
        step = step / jnp.maximum(1.0, _rms(step) / self.clip_threshold)
        return -alpha * step, {"row": row, "column": column, "velocity": v}


def _rms(x):
    return jnp.sqrt(jnp.mean(x * x))


def _not_negative(name, value):
    return check.number("Ftrl", name, value, 0, example=0.1)
