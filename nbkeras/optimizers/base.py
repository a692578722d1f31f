"""Optimizer: base class that turns an update rule into an optax transformation."""

from __future__ import annotations

import copy
import inspect
import re
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, TypedDict

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core import check, notices
from nbkeras.core.annotations import Config, CustomObjects, LearningRate, Slots
from nbkeras.core.gradients import stateless_scope
from nbkeras.core.machine import buffers
from nbkeras.core.names import torch_names
from nbkeras.core.names.naming import snake_case
from nbkeras.core.serialization.configurable import Configurable, to_config
from nbkeras.core.serialization.registry import custom_object_scope
from nbkeras.core.variable import Variable, contains
from nbkeras.optimizers import own_optimizers, state_variables
from nbkeras.optimizers.apply_gradients import ByHand
from nbkeras.optimizers.own_optimizers import VariableSteps
from nbkeras.optimizers.registry import schedules
from nbkeras.optimizers.update_step import Stepping

# Slots that any optimizer may have, for averages and gradient accumulation.
_OWN = ("average", "gradient_accumulator")
_adopting = threading.RLock()


class OptimizerArguments(TypedDict, total=False):
    """Arguments that every optimizer passes on to `Optimizer` as `**base`."""

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


class Optimizer(Stepping, ByHand, VariableSteps, Configurable):
    """Base class of optimizers. Subclasses implement `slot_groups` and `rule`.

    A subclass may also be written as in Keras, with `build` and `update_step`.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        weight_decay: each step shrinks weights by this times the learning rate.
        clipnorm: maximum norm of the gradient of each weight.
        clipvalue: maximum absolute value of a gradient's entries.
        global_clipnorm: maximum norm of all gradients together.
        use_ema: keep exponential moving averages of the weights.
        ema_momentum: decay rate of the averages.
        ema_overwrite_frequency: interval, in steps, at which the averages overwrite the
            weights; they always do at the end of a fit.
        loss_scale_factor: factor that `fit` multiplies the loss by and gradients are
            divided by.
        gradient_accumulation_steps: number of steps whose gradients are averaged into
            one update.
        name: name stored in files.

    Raises:
        ValueError: an argument out of range, or several kinds of clipping.

    The state is a dict of arrays, {"iterations", "learning_rate", "slots": {slot:
    {path: array}}}. The learning rate is part of the state, so that changing it does
    not recompile the step.
    """

    keras_module = "keras.optimizers"

    # The `decay` of Keras 2: the rate is divided by 1 + decay * steps.
    _decay: float = 0.0

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
        self._weights, self._keys = None, []
        self._own, self._views, self._adopted = [], {}, {}
        self._owner: weakref.ref[Any] | None = None
        self._excluded = [], ()
        if isinstance(learning_rate, dict):
            learning_rate = schedules.get(learning_rate)
        if decay:
            notices.once(
                (owner, "decay"),
                f"{owner}(decay={decay}) is deprecated; write "
                f"learning_rate=InverseTimeDecay({learning_rate}, 1, {decay}).",
            )
        # As in Keras 2, the rate can still be set; it is divided in each step.
        self._decay = decay or 0.0
        if callable(learning_rate) and not isinstance(learning_rate, float | int):
            self._schedule = _of_steps(learning_rate)
        else:
            check.number(owner, "learning_rate", _plain(learning_rate), 0, example=1e-3)
        self._initial_rate = learning_rate
        clippings = [clipnorm, clipvalue, global_clipnorm]
        if sum(clipping is not None for clipping in clippings) > 1:
            raise ValueError(
                f"{owner}: only one of clipnorm, clipvalue and global_clipnorm can be "
                f"given, not {clippings}. Write for example {owner}(clipnorm=1.0)."
            )
        for key in ("clipnorm", "clipvalue", "global_clipnorm", "weight_decay"):
            value = {**locals()}[key]
            if value is not None:
                check.number(owner, key, value, 0, example=1.0)
        self.weight_decay = weight_decay
        self.clipnorm, self.clipvalue = clipnorm, clipvalue
        self.global_clipnorm = global_clipnorm
        self.use_ema = use_ema
        self.ema_momentum = check.number(owner, "ema_momentum", ema_momentum, 0, 1)
        if use_ema and ema_overwrite_frequency:
            check.positive_int(
                owner, "ema_overwrite_frequency", ema_overwrite_frequency
            )
        self.ema_overwrite_frequency = ema_overwrite_frequency
        if gradient_accumulation_steps and not gradient_accumulation_steps >= 2:
            raise ValueError(
                f"{owner}(gradient_accumulation_steps={gradient_accumulation_steps}): "
                "`gradient_accumulation_steps` must be an integer >= 2. Leave it out "
                "to take each step by itself."
            )
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.name = name or snake_case(owner)

    # Methods that subclasses implement.

    def slot_groups(self) -> list[tuple[str, ...]]:
        """Groups of slot names; Keras stores the slots of a group side by side."""
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
        """Initial values of the scalars shared by all weights."""
        return {}

    def shared_next(self, shared: Slots, t: jax.Array) -> Slots:
        """The shared scalars after step `t`, counted from 1."""
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
        """Compute (change, new slots) of one weight at step `t`, counted from 1."""
        raise TypeError(f"{type(self).__name__} has no `rule`.")

    # The state and the learning rate.

    @property
    def state(self) -> Any:
        """The state after the last step, or None before the first fit."""
        scope = stateless_scope.current()
        if scope is None or self._is_twin:
            return self.own_value()
        return scope.read(self)

    def own_value(self) -> Any:
        """The state outside any stateless scope."""
        if self._live:
            return self._live[0]()
        if self._own and self._state is not None:
            return {**self._state, "own": [variable.value for variable in self._own]}
        return self._state

    def keep_value(self, value: Any) -> None:
        """Replace the state outside any stateless scope."""
        if self._live:
            self._live[1](value)
        else:
            self.detach(value)

    def place(self, weights: Mapping[str, Any]) -> None:
        """Register the weights of a custom step, {path: weight}, also for `apply`."""
        self.adopt(weights)
        self._weights, self._keys = list(weights.values()), list(weights)

    def attach(
        self, read: Callable[..., Any], write: Callable[[dict[str, Any]], None]
    ) -> None:
        """Hold the state in the running fit.

        Args:
            read: function (name=None) -> copies of the state, or of its part `name`.
            write: function (parts of the state) -> None.
        """
        self._live, self._state = (read, write), None
        home = state_variables.StateHome(self)
        for index, variable in enumerate(self._own):
            variable.attach(home, ("own", index))

    def detach(self, state: Any) -> None:
        """Adopt the final state of a fit; None resets the state."""
        self._live = None
        if not self._own:
            self._state = state
        elif state is None:
            self._state = None
            for variable in self._own:
                variable.detach(None)
        else:
            self._state = {name: part for name, part in state.items() if name != "own"}
            for variable, value in zip(self._own, state["own"], strict=True):
                variable.detach(value)

    def read_at(self, place: Sequence[Any]) -> Any:
        """Read the array at `place`, a path of names in the state."""
        part = self._part(place[0])
        if part is None:
            part = self.init_missing(None, {})[place[0]]
        for name in place[1:]:
            part = part[name]
        return part

    def write_at(self, place: Sequence[Any], value: Any) -> None:
        """Replace the array at `place`."""
        if place[0] == "learning_rate" and not isinstance(value, jax.core.Tracer):
            self.learning_rate = float(value)
            return
        if not self._live and self._state is None:
            self._state = self.init_missing(None, {})
        self.change(**{place[0]: _replaced(self._part(place[0]), place[1:], value)})

    def change(self, **parts: Any) -> None:
        """Replace parts of the state, wherever it is held."""
        if stateless_scope.current() is not None and not self._is_twin:
            stateless_scope.keep({self: {**self.state, **parts}})
        elif self._live:
            self._live[1](parts)
        else:
            self._state = {**self._state, **parts}

    def _part(self, name):
        """One part of the state; None before the first fit."""
        if stateless_scope.current() is not None and not self._is_twin:
            state = self.state
            return state[name] if state else None
        if self._live:
            return self._live[0](name)
        return self._state[name] if self._state else None

    @property
    def learning_rate(self) -> Any:
        """The rate of the next step: a variable, or the value of the schedule."""
        if self._schedule is not None:
            steps = self.read_at(("iterations",))
            return jnp.asarray(self._schedule(steps), jnp.float32)
        return state_variables.variable_at(self, ("learning_rate",), "learning_rate")

    def rate_of(self, state: Any) -> jax.Array:
        """The rate of the next step for a state; pure, for use inside a step."""
        if self._schedule is not None:
            # As in Keras, a schedule counts steps, not the updates of accumulation.
            return jnp.asarray(self._schedule(state["iterations"]), jnp.float32)
        rate = state["learning_rate"]
        return rate / (1 + self._decay * state["iterations"]) if self._decay else rate

    @learning_rate.setter
    def learning_rate(self, value: LearningRate) -> None:
        if hasattr(value, "get_config") or (
            callable(value) and not hasattr(value, "dtype")
        ):
            self._schedule, self._initial_rate = _of_steps(value), value
            self._decay = 0.0
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
        """The schedule of the learning rate; None if the rate is a number."""
        return self._schedule

    def without_schedule(self) -> Self:
        """A copy whose learning rate is a settable number, initially 0."""
        steerable = copy.copy(self)
        steerable._schedule, steerable._initial_rate = None, 0.0
        steerable._decay = 0.0
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
    def iterations(self) -> Any:
        """The number of steps taken: a variable.

        With gradient accumulation it is an array that counts only the updates.
        """
        if self.gradient_accumulation_steps:
            return self.moves_in({"iterations": self._iterations.value})
        return self._iterations

    @property
    def _iterations(self) -> Variable:
        return state_variables.variable_at(self, ("iterations",), "iteration")

    @property
    def built(self) -> bool:
        """Whether the state for the weights exists."""
        return self._weights is not None or self.state is not None

    @property
    def variables(self) -> list[Variable]:
        """The variables of the state, in the order of Keras."""
        return state_variables.variables(self)

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Assign new values to `variables`.

        Raises:
            ValueError: the optimizer is not built, or a shape differs.
        """
        if not self.built:
            raise ValueError(
                "You are calling set_weights on an optimizer that is not built. Write "
                "first optimizer.build(model.trainable_variables)."
            )
        for variable, weight in zip(self.variables, weights, strict=True):
            variable.assign(weight)

    def scale_loss(self, loss: Any) -> Any:
        """The loss times loss_scale_factor, to differentiate in a custom loop."""
        factor = self.loss_scale_factor
        return loss if factor is None else loss * factor

    # The weights.

    def adopt(self, weights: Mapping[str, Any], owner: Any = None) -> None:
        """Register the weights of a fit.

        Args:
            weights: {path: weight}.
            owner: the model of the weights; its layers may have been replaced since the
                last fit.

        Raises:
            ValueError: the optimizer has trained another model.
            TypeError: a subclass overrides a method that no step calls.
        """
        adopted = {path: reference() for path, reference in self._adopted.items()}
        same = adopted.keys() == weights.keys()
        if same and all(adopted[path] is weight for path, weight in weights.items()):
            return
        own_optimizers.refuse_unused_overrides(self)
        with _adopting:  # a step may be compiled ahead on another thread
            if owner is None or self._owner is None or self._owner() is not owner:
                self._refuse_second_model(adopted.values(), weights.values())
            self._owner = None if owner is None else weakref.ref(owner)
            if self.overridden:
                self._build_for(weights)
            elif self._weights is not None:
                self._take_keys(list(weights), list(weights.values()))
                self._weights = None
            self._adopted = {path: weakref.ref(w) for path, w in weights.items()}

    def _refuse_second_model(self, trained, weights):
        state = self._state
        if not trained or not weights or state is None or not int(state["iterations"]):
            return
        trained_ids = {id(weight) for weight in trained if weight is not None}
        if not any(id(weight) in trained_ids for weight in weights):
            kind = type(self).__name__
            raise ValueError(
                f"This {kind} has trained another model, and its state belongs to the "
                "weights of that one. Compile each model with an optimizer of its own: "
                f"model.compile({kind}.from_config(optimizer.get_config()), ...)."
            )

    def _take_keys(self, keys, weights):
        """Rename the weights to these keys, also in the state."""
        olds = zip(self._keys, self._weights or (), strict=False)
        old = {id(weight): key for key, weight in olds}
        if self._built_by_methods:
            renamed = dict(zip(self._keys, keys, strict=True))
        else:
            pairs = zip(keys, weights, strict=True)
            renamed = {old[id(w)]: key for key, w in pairs if id(w) in old}
        if self._state is not None:
            slots = {
                slot: {renamed.get(key, key): value for key, value in values.items()}
                for slot, values in self._state["slots"].items()
            }
            self._state = {**self._state, "slots": slots}
        self._keys, self._weights, self._views = keys, weights, {}

    def _weight_at(self, key):
        """The weight with this key in the state, or None."""
        if key in self._adopted:
            return self._adopted[key]()
        if self._weights is not None and key in self._keys:
            return self._weights[self._keys.index(key)]
        return None

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
                old_values = old.get(slot, {})
                slots[slot] = {
                    path: self._old_or_new(old_values.get(path), slot, w)
                    for path, w in params.items()
                    if slot in _OWN or self.has_slot(slot, path, w)
                }
        rate = 0.0 if self._schedule is not None else _plain(self._initial_rate)
        fresh = {
            "iterations": np.zeros((), np.int32),
            "learning_rate": np.asarray(rate, np.float32),
            "shared": self.shared_start(),
        }
        if self.overridden and params and not self._is_building:
            if self._weights is None:
                self._build_stand_ins(params)
            fresh["own"] = [variable.value for variable in self._own]
        whole = {k: (state or {}).get(k, v) for k, v in fresh.items()}
        return jax.device_put(whole | {"slots": slots})

    def _groups(self):
        groups = [("average",)] if self.use_ema else []
        if self.gradient_accumulation_steps:
            groups.append(("gradient_accumulator",))
        return groups + [tuple(group) for group in self.slot_groups()]

    def _old_or_new(self, old, slot, weight):
        """The existing slot value, unless its shape belongs to another weight."""
        if old is None:
            return self._start(slot, weight)
        if jnp.shape(old) == jnp.shape(weight):
            return old
        fresh = self._start(slot, weight)
        return old if jnp.shape(old) == jnp.shape(fresh) else fresh

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
        self._excluded = list(var_list or []), tuple(var_names or ())

    def _is_excluded(self, key):
        weights, names = self._excluded
        if not weights and not names:
            return False
        weight = self._weight_at(key)
        if any(re.search(name, key) for name in names):
            return True
        if weight is None:
            return any(
                getattr(excluded, "path", excluded) in key for excluded in weights
            )
        return contains(weights, weight)

    def __getattr__(self, name: str) -> Any:
        # Lists of variables under the names of Keras. Python also calls this when a
        # property raises AttributeError: evaluate it again to raise its own message.
        own = inspect.getattr_static(type(self), name, None)
        if isinstance(own, property) and own.fget is not None:
            return own.fget(self)
        slot = state_variables.SLOT_LISTS.get(name)
        state = self.__dict__.get("_state") if slot else None
        live = self.__dict__.get("_live") if slot else None
        if slot is None or (state is None and live is None):
            raise torch_names.missing(self, name, torch_names.OF_OPTIMIZERS)
        return state_variables.slot_list(self, slot)

    def __copy__(self) -> Self:
        duplicate = object.__new__(type(self))
        vars(duplicate).update(vars(self), **self._without_model())
        return duplicate

    def __getstate__(self) -> dict[str, Any]:
        """What a deep copy or a pickle has; during a run, the state of this moment."""
        state = {**vars(self), **self._without_model()}
        return (
            {**state, "_live": None, "_state": self._live[0]()} if self._live else state
        )

    @classmethod
    def from_config(
        cls, config: Config, custom_objects: CustomObjects | None = None
    ) -> Any:
        """Create an equal optimizer from the result of `get_config`.

        Args:
            config: the arguments by name.
            custom_objects: {name: object of your own} for objects within the config.
        """
        with custom_object_scope(custom_objects):
            return cls(**config)

    def _without_model(self) -> dict[str, Any]:
        """Attributes of a copy, which keeps the order of the weights, not the model."""
        keys = self._order_of_weights()
        return {"_views": {}, "_adopted": {}, "_owner": None, "_keys": keys}

    def _order_of_weights(self) -> list[str]:
        """The keys of the weights in their order; empty before they are known."""
        return list(self._adopted) or self._keys

    def variables_list(self, state: Any, paths: Sequence[str]) -> list[Any]:
        """The arrays of the state, in the order of `variables`."""
        return state_variables.variables_list(self, state, paths)

    def from_variables_list(
        self, arrays: Sequence[Any], paths: Sequence[str], like: Any
    ) -> dict[str, Any]:
        """Rebuild the state from arrays in the order of `variables`."""
        return state_variables.from_variables_list(self, arrays, paths, like)

    def get_config(self) -> Config:
        """The settings, with the current learning rate."""
        config = super().get_config()
        config.pop("decay", None)
        rate = self._initial_rate
        if self._schedule is not None:
            config["learning_rate"] = to_config(rate)
        elif self._decay:
            from nbkeras.optimizers.schedules import InverseTimeDecay

            schedule = InverseTimeDecay(float(self.learning_rate), 1, self._decay)
            config["learning_rate"] = to_config(schedule)
        else:
            config["learning_rate"] = float(self.learning_rate)
        return config


def _replaced(tree, place, value):
    """Copy of `tree` with `value` at `place`, a path of names."""
    if not place:
        return value
    name, *rest = place
    if isinstance(tree, list):
        return [
            _replaced(entry, rest, value) if index == name else entry
            for index, entry in enumerate(tree)
        ]
    return {**tree, name: _replaced(tree[name], rest, value)}


def _of_steps(schedule):
    """`schedule` as a function of the step, even if it takes no arguments."""
    try:
        inspect.signature(schedule).bind()
    except (TypeError, ValueError):
        return schedule
    if hasattr(schedule, "get_config"):
        return schedule
    return lambda step: schedule()


def _plain(value):
    """Convert a Variable, an array or a number to a Python number."""
    value = getattr(value, "value", value)
    return float(value) if hasattr(value, "dtype") else value
