"""Learning rate schedules."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from nbkeras.core import check
from nbkeras.core.annotations import CustomObjects
from nbkeras.core.serialization.configurable import Configurable, to_config
from nbkeras.core.variable import without_variables
from nbkeras.optimizers.registry import schedules


class LearningRateSchedule(Configurable):
    """Base class of schedules: `__call__(step)` returns the rate, in jax.numpy.

    Steps count from 0.
    """

    keras_module = "keras.optimizers.schedules"

    def __call__(self, step: ArrayLike) -> jax.Array:
        """The rate at a step."""
        raise TypeError(f"{type(self).__name__} has no __call__(self, step).")


@schedules.register("ExponentialDecay")
class ExponentialDecay(LearningRateSchedule):
    """Exponential decay: rate * decay_rate ** (step / decay_steps).

    With `staircase`, step / decay_steps is rounded down.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = check.number(
            "ExponentialDecay", "decay_steps", decay_steps, 1
        )
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: ArrayLike) -> jax.Array:
        """The rate at a step."""
        p = _float(step) / self.decay_steps
        p = jnp.floor(p) if self.staircase else p
        return self.initial_learning_rate * jnp.power(self.decay_rate, p)


@schedules.register("InverseTimeDecay")
class InverseTimeDecay(LearningRateSchedule):
    """Inverse time decay: rate / (1 + decay_rate * step / decay_steps).

    With `staircase`, step / decay_steps is rounded down.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = check.number(
            "InverseTimeDecay", "decay_steps", decay_steps, 1
        )
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: ArrayLike) -> jax.Array:
        """The rate at a step."""
        p = _float(step) / self.decay_steps
        p = jnp.floor(p) if self.staircase else p
        return self.initial_learning_rate / (1.0 + self.decay_rate * p)


@schedules.register("PiecewiseConstantDecay")
class PiecewiseConstantDecay(LearningRateSchedule):
    """Piecewise constant rate: `values[i]` up to and including step `boundaries[i]`."""

    def __init__(
        self,
        boundaries: Sequence[float],
        values: Sequence[float],
        name: str = "PiecewiseConstant",
    ) -> None:
        if len(boundaries) + 1 != len(values):
            raise ValueError(
                f"PiecewiseConstantDecay got {len(boundaries)} boundaries and "
                f"{len(values)} values; it needs one more value than boundaries. Write "
                "for example PiecewiseConstantDecay([1000], [0.1, 0.01])."
            )
        self.boundaries, self.values, self.name = boundaries, values, name

    def __call__(self, step: ArrayLike) -> jax.Array:
        """The rate at a step."""
        step = without_variables(step)
        index = jnp.searchsorted(jnp.asarray(self.boundaries), step, side="left")
        return jnp.asarray(self.values, jnp.float32)[index]


@schedules.register("PolynomialDecay")
class PolynomialDecay(LearningRateSchedule):
    """Polynomial decay from the initial to the end rate; `cycle` restarts it."""

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = check.number(
            "PolynomialDecay", "decay_steps", decay_steps, 1
        )
        self.end_learning_rate = end_learning_rate
        self.power, self.cycle, self.name = power, cycle, name

    def __call__(self, step: ArrayLike) -> jax.Array:
        """The rate at a step."""
        step, length = _float(step), self.decay_steps
        if self.cycle:
            length = length * jnp.maximum(jnp.ceil(step / length), 1.0)
        else:
            step = jnp.minimum(step, length)
        span = self.initial_learning_rate - self.end_learning_rate
        return (
            span * jnp.power(1.0 - step / length, self.power) + self.end_learning_rate
        )


@schedules.register("CosineDecay")
class CosineDecay(LearningRateSchedule):
    """Cosine decay to `alpha` times the initial rate, after an optional warm-up.

    Source: Loshchilov and Hutter, "SGDR" (2017).
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = check.number("CosineDecay", "decay_steps", decay_steps, 1)
        self.alpha, self.name = alpha, name
        self.warmup_target, self.warmup_steps = warmup_target, warmup_steps

    def __call__(self, step: ArrayLike) -> jax.Array:
        """The rate at a step."""
        step, first = _float(step), self.initial_learning_rate
        if self.warmup_target is None:
            return self._decay(jnp.minimum(step, self.decay_steps), first)
        decay_step = step - self.warmup_steps
        rising = first + (self.warmup_target - first) * step / max(self.warmup_steps, 1)
        falling = self._decay(
            jnp.clip(decay_step, 0.0, self.decay_steps), self.warmup_target
        )
        return jnp.where(step < self.warmup_steps, rising, falling)

    def _decay(self, step, rate):
        cosine = 0.5 * (1.0 + jnp.cos(math.pi * step / self.decay_steps))
        return rate * ((1.0 - self.alpha) * cosine + self.alpha)


@schedules.register("CosineDecayRestarts")
class CosineDecayRestarts(LearningRateSchedule):
    """Cosine decay with warm restarts.

    Each period is `t_mul` times as long and starts at `m_mul` times the rate of the
    previous one.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self.t_mul, self.m_mul, self.alpha, self.name = t_mul, m_mul, alpha, name

    def __call__(self, step: ArrayLike) -> jax.Array:
        """The rate at a step."""
        progress = _float(step) / self.first_decay_steps
        if self.t_mul == 1.0:
            restart = jnp.floor(progress)
            progress = progress - restart
        else:
            power = 1.0 - progress * (1.0 - self.t_mul)
            restart = jnp.floor(jnp.log(power) / math.log(self.t_mul))
            start = (1.0 - self.t_mul**restart) / (1.0 - self.t_mul)
            progress = (progress - start) / self.t_mul**restart
        cosine = 0.5 * self.m_mul**restart * (1.0 + jnp.cos(math.pi * progress))
        decayed = (1.0 - self.alpha) * cosine + self.alpha
        return self.initial_learning_rate * decayed


def serialize(schedule: Any) -> Any:
    """The config from which `deserialize` rebuilds the schedule."""
    return to_config(schedule)


def deserialize(config: Any, custom_objects: CustomObjects | None = None) -> Any:
    """Rebuild a schedule from the config of `serialize`."""
    return schedules.get(config, custom_objects)


def _float(step):
    return jnp.asarray(step, jnp.float32)


__all__ = [*schedules.names(), "LearningRateSchedule", "deserialize", "serialize"]
