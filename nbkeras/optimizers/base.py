"""Optimizer: settings and state around a rule, as an optax transformation."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, TypedDict

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core import check, notices
from nbkeras.core.annotations import Config, LearningRate, Slots
from nbkeras.core.configurable import Configurable
from nbkeras.core.machine import buffers
from nbkeras.core.names.naming import snake_case
from nbkeras.optimizers import state_variables
from nbkeras.optimizers.apply_gradients import ByHand
from nbkeras.optimizers.registry import schedules
from nbkeras.optimizers.update_step import Stepping

# Slots of every optimizer, for averages and accumulation.
_OWN = ("average", "gradient_accumulator")


class OptimizerArguments(TypedDict, total=False):
    """The arguments that every optimizer passes to `Optimizer` through `**base`."""

    weight_decay: float | None
    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: int | None
    loss_scale_factor: float | None
    gradient_accumulation_steps: int | None
    name: str | None
    decay: float | None


class Optimizer(Stepping, ByHand, Configurable):
    """Base class of optimizers. Subclasses implement `slot_groups` and `rule`.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        weight_decay: weights shrink by this times the learning rate each step.
        clipnorm: largest norm of each weight's gradient.
        clipvalue: largest absolute value in a gradient.
        global_clipnorm: largest norm of all gradients together.
        use_ema: keep running averages of the weights.
        ema_momentum: how much of the average is kept each step.
        ema_overwrite_frequency: every how many steps the weights become their
            averages, which they do at the end of a fit in any case.
        loss_scale_factor: gradients are divided by it; fit multiplies its loss by it.
        gradient_accumulation_steps: steps whose gradients are averaged into one.
        name: shown in files.

    The state is a dict of arrays, {"iterations", "learning_rate", "slots": {slot:
    {path: array}}}; the learning rate is data there, so changing it compiles nothing.
    """

    keras_module = "keras.optimizers"

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        decay: float | None = None,
    ) -> None:
        owner = type(self).__name__
        self._schedule = None
        self._state = None
        self._live = None
        self._weights = None
        self._excluded = ()
        if isinstance(learning_rate, dict):
            learning_rate = schedules.get(learning_rate)
        if decay:
            notices.once(
                (owner, "decay"),
                f"{owner}(decay={decay}) is deprecated; write "
                f"learning_rate=InverseTimeDecay({learning_rate}, 1, {decay}).",
            )
            from nbkeras.optimizers.schedules import InverseTimeDecay

            learning_rate = InverseTimeDecay(float(learning_rate), 1, decay)
        if callable(learning_rate) and not isinstance(learning_rate, float | int):
            self._schedule = _of_steps(learning_rate)
        else:
            check.number(owner, "learning_rate", _plain(learning_rate), 0, example=1e-3)
        self._initial_rate = learning_rate
        given = [clipnorm, clipvalue, global_clipnorm]
        if sum(each is not None for each in given) > 1:
            raise ValueError(
                f"{owner}: only one of clipnorm, clipvalue and global_clipnorm can be "
                f"given, not {given}. Write for example {owner}(clipnorm=1.0)."
            )
        for key in ("clipnorm", "clipvalue", "global_clipnorm", "weight_decay"):
            value = {**locals()}[key]
            if value is not None:
                check.number(owner, key, value, 0, example=1.0)
        self.weight_decay = weight_decay
        self.clipnorm, self.clipvalue = clipnorm, clipvalue
        self.global_clipnorm = global_clipnorm
        self.use_ema, self.ema_momentum = use_ema, ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.name = name or snake_case(owner)

    # What a subclass gives.

    def slot_groups(self) -> list[tuple[str, ...]]:
        """Groups of slot names; Keras keeps a group's slots side by side."""
        return []

    def slot_start(self, slot: str, weight: jax.Array) -> jax.Array:
        """Initial value of a slot."""
        return buffers.zeros(weight.shape, weight.dtype)

    def has_slot(self, slot: str, path: str, weight: jax.Array) -> bool:
        """Whether this weight needs the slot."""
        return True

    def decay_of(self, path: str, weight: jax.Array) -> float | None:
        """The weight decay of one weight, or None."""
        return None if self._is_excluded(path) else self.weight_decay

    def shared_start(self) -> Slots:
        """Initial values shared by all weights, a dict of scalars."""
        return {}

    def shared_next(self, shared: Slots, t: jax.Array) -> Slots:
        """The values shared by all weights after step number `t`, from 1."""
        return shared

    def rule(
        self,
        g: jax.Array,
        w: jax.Array,
        slots: Slots,
        t: jax.Array,
        lr: jax.Array,
        shared: Slots,
    ) -> tuple[jax.Array, Slots]:
        """(change of the weight, new slots) for one weight at step `t`, from 1."""
        raise TypeError(f"{type(self).__name__} has no `rule`.")

    # The state and the learning rate.

    @property
    def state(self) -> Any:
        """The state as of the last step, or None before the first fit."""
        return self._live[0]() if self._live else self._state

    def attach(
        self, read: Callable[..., Any], write: Callable[[dict[str, Any]], None]
    ) -> None:
        """Hold the state in the running fit.

        Args:
            read: (name=None) -> the state, or its part `name`, as copies.
            write: (parts of the state) -> None.
        """
        self._live, self._state = (read, write), None

    def detach(self, state: Any) -> None:
        """Take the final state of the fit."""
        self._live = None
        self._state = state

    def change(self, **parts: Any) -> None:
        """Replace parts of the state, wherever it is held."""
        if self._live:
            self._live[1](parts)
        else:
            self._state = {**self._state, **parts}

    def _part(self, name):
        """One part of the state; None before the first fit."""
        if self._live:
            return self._live[0](name)
        return self._state[name] if self._state else None

    @property
    def learning_rate(self) -> jax.Array:
        """The rate of the next step."""
        if self._schedule is not None:
            return jnp.asarray(self._schedule(self.iterations), jnp.float32)
        rate = self._part("learning_rate")
        if rate is None:
            return jnp.asarray(_plain(self._initial_rate), jnp.float32)
        return rate

    def rate_of(self, state: Any) -> jax.Array:
        """The rate of the next step from a state; pure, for use inside a step."""
        if self._schedule is not None:
            return jnp.asarray(self._schedule(self.moves_in(state)), jnp.float32)
        return state["learning_rate"]

    @learning_rate.setter
    def learning_rate(self, value: LearningRate) -> jax.Array:
        if hasattr(value, "get_config") or (
            callable(value) and not hasattr(value, "dtype")
        ):
            self._schedule, self._initial_rate = _of_steps(value), value
            return
        fixed = self.why_fixed()
        if fixed:
            raise TypeError(fixed)
        value = _plain(value)
        check.number(type(self).__name__, "learning_rate", value, 0, example=1e-3)
        self._initial_rate = value
        if self._live or self._state is not None:
            self.change(learning_rate=jnp.asarray(value, jnp.float32))

    lr = learning_rate

    @property
    def rate_schedule(self) -> Callable[..., Any] | None:
        """The schedule that the learning rate follows; None where it is a number."""
        return self._schedule

    def without_schedule(self) -> Self:
        """A copy whose learning rate is a number, 0 at first, and can be set."""
        steerable = copy.copy(self)
        steerable._schedule, steerable._initial_rate = None, 0.0
        return steerable

    def why_fixed(self) -> str | None:
        """Why the learning rate cannot be set to a number, or None if it can."""
        if self._schedule is None:
            return None
        return (
            f"This {type(self).__name__} follows the schedule "
            f"{type(self._schedule).__name__}, so its learning rate cannot be set. "
            "Compile with a number to set it yourself: "
            f"{type(self).__name__}(learning_rate=0.001)."
        )

    @property
    def iterations(self) -> jax.Array:
        """Number of updates; steps that only accumulate gradients do not count."""
        count = self._part("iterations")
        if count is None:
            return jnp.zeros((), jnp.int32)
        return self.moves_in({"iterations": count})

    # The transformation.

    def transformation(self) -> Any:
        """This optimizer as an optax GradientTransformation over {path: array}."""
        import optax

        return optax.GradientTransformation(
            lambda params: self.init_missing(None, params), self.update_in_fit
        )

    def init_missing(self, state: Any, params: Mapping[str, jax.Array]) -> Any:
        """A state for `params`: existing slots of `state` are kept, others added."""
        old = (state or {}).get("slots", {})
        slots = {}
        for group in self._groups():
            for slot in group:
                kept = old.get(slot, {})
                slots[slot] = {
                    path: self._kept_or_new(kept.get(path), slot, w)
                    for path, w in params.items()
                    if slot in _OWN or self.has_slot(slot, path, w)
                }
        rate = 0.0 if self._schedule is not None else _plain(self._initial_rate)
        fresh = {
            "iterations": np.zeros((), np.int32),
            "learning_rate": np.asarray(rate, np.float32),
            "shared": self.shared_start(),
        }
        whole = {k: (state or {}).get(k, v) for k, v in fresh.items()}
        return jax.device_put(whole | {"slots": slots})

    def _groups(self):
        groups = [("average",)] if self.use_ema else []
        if self.gradient_accumulation_steps:
            groups.append(("gradient_accumulator",))
        return groups + [tuple(group) for group in self.slot_groups()]

    def _kept_or_new(self, kept, slot, weight):
        """The existing slot, unless it belonged to another weight of the same path."""
        if kept is None:
            return self._start(slot, weight)
        if jnp.shape(kept) == jnp.shape(weight):
            return kept
        fresh = self._start(slot, weight)
        return kept if jnp.shape(kept) == jnp.shape(fresh) else fresh

    def _start(self, slot, weight):
        if slot == "average":
            return jnp.array(weight)
        if slot == "gradient_accumulator":
            return buffers.zeros(weight.shape, weight.dtype)
        return self.slot_start(slot, weight)

    def exclude_from_weight_decay(
        self,
        var_list: Sequence[Any] | None = None,
        var_names: Sequence[str] | None = None,
    ) -> None:
        """Exclude weights from weight decay, by list or by parts of their paths."""
        names = [getattr(w, "path", w) for w in var_list or []] + list(var_names or [])
        self._excluded = tuple(names)

    def _is_excluded(self, path):
        return any(name in path for name in self._excluded)

    def variables_list(self, state: Any, paths: Sequence[str]) -> list[Any]:
        """The state's arrays in Keras's order."""
        return state_variables.variables_list(self, state, paths)

    def from_variables_list(
        self, arrays: Sequence[Any], paths: Sequence[str], like: Any
    ) -> dict[str, Any]:
        """The state from arrays in Keras's order."""
        return state_variables.from_variables_list(self, arrays, paths, like)

    def get_config(self) -> Config:
        """The settings, with the current learning rate."""
        config = super().get_config()
        config.pop("decay", None)
        rate = self._initial_rate
        if self._schedule is not None:
            from nbkeras.core.configurable import to_config

            config["learning_rate"] = to_config(rate)
        else:
            config["learning_rate"] = float(self.learning_rate)
        return config


def _of_steps(schedule):
    """`schedule` as a function of the step, if it is one without arguments."""
    try:
        inspect.signature(schedule).bind()
    except (TypeError, ValueError):
        return schedule
    if hasattr(schedule, "get_config"):
        return schedule
    return lambda step: schedule()


def _plain(value):
    """A Python number from a Variable, an array or a number."""
    value = getattr(value, "value", value)
    return float(value) if hasattr(value, "dtype") else value
