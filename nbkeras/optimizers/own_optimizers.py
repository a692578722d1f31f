"""Custom optimizers written as in Keras, with `build`, `update_step` or `apply`.

The step of an optimizer is a pure function of gradients, state and weights. Methods
that a subclass overrides work on variables, so they run on a *twin* of the optimizer,
whose variables and weights hold the arrays of the step; the values they hold afterwards
are the new state. No traced value ever reaches the optimizer itself.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core import containers, settings
from nbkeras.core.annotations import DTypeLike, Identifier
from nbkeras.core.names.display_name import quoted
from nbkeras.core.serialization import registry
from nbkeras.core.variable import (
    Variable,
    contains,
    tracers_allowed,
    without_variables,
)
from nbkeras.optimizers import clipping

# Methods that a step calls if a subclass overrides them.
_CALLED = (
    "build",
    "update_step",
    "apply",
    "apply_gradients",
    "_apply_weight_decay",
    "_clip_gradients",
    "_use_weight_decay",
)
# Methods that Keras calls in training or saving, but nbkeras does not.
_NOT_CALLED = (
    "scale_loss",
    "finalize_variable_values",
    "stateless_apply",
    "_backend_apply_gradients",
    "_backend_update_step",
    "_get_current_learning_rate",
    "save_own_variables",
    "load_own_variables",
)
# Attributes that are not searched for the optimizer's own variables.
_ASIDE = ("_arguments", "_state", "_weights", "_excluded", "_views", "_own")


def overridden(cls: type) -> frozenset[str]:
    """Names of the step methods that a custom class overrides."""
    return frozenset(name for name in _CALLED if _is_own(cls, name))


def refuse_unused_overrides(optimizer: Any) -> None:
    """Raise if a custom class overrides a method that no step calls.

    Raises:
        TypeError: names the methods, and those to override instead.
    """
    cls = type(optimizer)
    names = [name for name in _NOT_CALLED if _is_own(cls, name)]
    adds = ("add_variable", "add_variable_from_reference", "add_optimizer_variables")
    if "build" not in optimizer.overridden:
        names += [name for name in adds if _is_own(cls, name)]
    if names:
        raise TypeError(
            f"{cls.__name__} overrides {', '.join(names)}, which training and "
            "saving do not call. Override `build` for variables of its own, "
            "`update_step` for the step of one weight, or `apply` for all gradients "
            "together."
        )


def _is_own(cls, name):
    owner = next((c for c in cls.__mro__ if name in vars(c)), None)
    return owner is not None and registry.is_custom(owner.__module__)


class VariableSteps:
    """Mixin of Optimizer: methods for custom optimizers, and the step that calls them.

    It relies on `_own`, the list of the optimizer's variables, and on `_weights` and
    `_keys`, the weights it was built for and their keys in the state.
    """

    overridden: frozenset[str] = frozenset()
    _own: list[Variable]
    _weights: list[Any] | None
    _keys: list[str]
    _is_twin = False

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        cls.overridden = overridden(cls)

    # The optimizer's own variables.

    def add_variable(
        self,
        shape: Sequence[int],
        initializer: Identifier = "zeros",
        dtype: DTypeLike | None = None,
        aggregation: str = "none",
        layout: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Create a variable that is stored in the optimizer's state.

        Args:
            shape: shape of its value.
            initializer: name or function of the initializer.
            dtype: dtype of its value; None is floatx.
            aggregation: accepted as in Keras, without effect.
            layout: accepted as in Keras, without effect.
            name: last part of its path.
        """
        variable = Variable(
            initializer,
            tuple(shape),
            dtype or settings.floatx(),
            trainable=False,
            name=name or "variable",
        )
        variable.path = f"{self.name}/{variable.name}"
        self._own.append(variable)
        return variable

    def add_variable_from_reference(
        self,
        reference_variable: Any,
        name: str | None = None,
        initializer: Identifier = "zeros",
    ) -> Variable:
        """Create a variable with the shape and dtype of a weight.

        Args:
            reference_variable: the weight.
            name: suffix appended to the path of the weight; "var" by default.
            initializer: name or function of the initializer.
        """
        path = getattr(reference_variable, "path", reference_variable.name)
        return self.add_variable(
            reference_variable.shape,
            initializer,
            reference_variable.dtype,
            name=f"{path.replace('/', '_')}_{name or 'var'}",
        )

    def add_optimizer_variables(
        self,
        trainable_variables: Sequence[Any],
        name: str | Sequence[str],
        initializer: Any = "zeros",
    ) -> Any:
        """Create one variable per weight; with several names, a tuple of such lists.

        Args:
            trainable_variables: the weights.
            name: one name, or several.
            initializer: one for all names, or one per name.

        Raises:
            ValueError: the number of initializers differs from that of names.
        """
        names = [name] if isinstance(name, str) else list(name)
        several = isinstance(initializer, list | tuple)
        starts = list(initializer) if several else [initializer] * len(names)
        if len(names) != len(starts):
            raise ValueError(
                f"The number of provided names must match the number of provided "
                f"initializers. Received name={name!r}, initializer={initializer!r}."
            )
        variable_lists = tuple([] for _ in names)
        for weight in trainable_variables:
            for variables, variable_name, start in zip(
                variable_lists, names, starts, strict=True
            ):
                variable = self.add_variable_from_reference(
                    weight, variable_name, start
                )
                variables.append(variable)
        return variable_lists[0] if isinstance(name, str) else variable_lists

    def assign(self, variable: Variable, value: Any) -> None:
        """Assign a value to a variable or a weight."""
        variable.assign(without_variables(value))

    def assign_add(self, variable: Variable, value: Any) -> None:
        """Add to a variable or a weight."""
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """Subtract from a variable or a weight."""
        variable.assign_sub(value)

    # The parts of a step.

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Update one weight by its gradient; subclasses may override it.

        Args:
            gradient: an array of the weight's shape.
            variable: the weight; the optimizer must be built for it.
            learning_rate: a scalar.
        """
        key = self._keys[self._get_variable_index(variable)]
        slots = self._state["slots"]
        own_slots = {name: slot[key] for name, slot in slots.items() if key in slot}
        t = (self.moves_in(self._state) + 1).astype("float32")
        w = variable.value
        rate = without_variables(learning_rate)
        rate = jnp.asarray(rate, w.dtype)
        g = jnp.asarray(without_variables(gradient), w.dtype)
        shared = self._state["shared"]
        change, own_slots = self.rule(g, w, own_slots, t, rate, shared)
        variable.assign(w + change)
        for name, value in own_slots.items():
            slots = {**slots, name: {**slots[name], key: value}}
        self._state = {**self._state, "slots": slots}

    def _get_variable_index(self, variable):
        """The index of a weight among those that the optimizer was built for."""
        for index, weight in enumerate(self._weights or ()):
            if weight is variable:
                return index
        raise KeyError(f"This {type(self).__name__} was not built for {variable!r}.")

    def _key_of(self, variable):
        """The key of a weight in the state; its path before the optimizer is built."""
        if self._weights is not None and contains(self._weights, variable):
            return self._keys[self._get_variable_index(variable)]
        return variable.path

    def _clip_gradients(self, grads):
        clipped = clipping.clip(self, dict(enumerate(grads)))
        return list(clipped.values())

    def _use_weight_decay(self, variable):
        return not self._is_excluded(self._key_of(variable))

    def _apply_weight_decay(self, variables):
        for variable in variables:
            decay = self.decay_of(self._key_of(variable), variable)
            if decay and self._use_weight_decay(variable):
                rate = jnp.asarray(
                    without_variables(self.learning_rate), variable.dtype
                )
                variable.assign(variable - variable * decay * rate)

    # The step as a whole.

    def _update_by_methods(self, grads, state, params, whole=True):
        """Compute (changes, state) by the methods that a subclass overrides.

        Args:
            grads: {key: gradient}.
            state: state of the optimizer.
            params: {key: weight}.
            whole: call an overridden `apply` or `apply_gradients`.
        """
        with tracers_allowed():
            twin = self._twin(state, params)
            moving = [twin._weights[twin._keys.index(key)] for key in params]
            gradients = [grads[key] for key in params]
            if whole and "apply_gradients" in self.overridden:
                twin.apply_gradients(list(zip(gradients, moving, strict=True)))
            elif whole and "apply" in self.overridden:
                twin.apply(gradients, moving)
            else:
                twin.apply_to_twin(grads, params)
            changes = {
                key: weight.value - params[key]
                for key, weight in zip(params, moving, strict=True)
            }
            return changes, {**twin._state, "own": [v.value for v in twin._own]}

    def apply_to_twin(
        self, grads: Mapping[str, jax.Array], params: Mapping[str, jax.Array]
    ) -> None:
        """On a twin: one step that bypasses an overridden `apply`."""
        before = {**self._state, "own": [v.value for v in self._own]}
        changes, after = self._update(grads, before, params)
        self._take_own(after.pop("own"))
        self._state = after
        for key, change in changes.items():
            weight = self._weights[self._keys.index(key)]
            weight.assign(params[key] + change)

    def _step_of_methods(self, grads, state, params):
        """On a twin: as `_step`, restoring all variables at the end.

        It may run inside `jax.lax.cond`, which passes values out only as results.
        """
        outside = self._state, [v.value for v in self._own]
        self._take_own(state.get("own", ()))
        t = (self.moves_in(state) + 1).astype("float32")
        shared = self.shared_next(state["shared"], t)
        self._state = {**state, "shared": shared}
        moving = [self._weights[self._keys.index(key)] for key in params]
        for weight, value in zip(moving, params.values(), strict=True):
            weight.assign(value)
        gradients = [grads[key].astype(w.dtype) for key, w in params.items()]
        gradients = self._clip_gradients(gradients)
        self._apply_weight_decay(moving)
        rate = without_variables(self.learning_rate)
        for gradient, weight in zip(gradients, moving, strict=True):
            self.update_step(gradient, weight, rate)
        changes = {
            key: weight.value - params[key]
            for key, weight in zip(params, moving, strict=True)
        }
        after = {**self._state, "own": [v.value for v in self._own]}
        for weight, value in zip(moving, params.values(), strict=True):
            weight.assign(value)
        self._state = outside[0]
        self._take_own(outside[1])
        return changes, after

    def _take_own(self, values):
        for variable, value in zip(self._own, values, strict=True):
            variable.assign(value)

    def _twin(self, state, params):
        """A copy whose variables and weights hold the arrays of a step."""
        if self._weights is None or any(key not in self._keys for key in params):
            self._build_stand_ins(params)
        held = {}
        for variable, value in zip(self._own, state.get("own", ()), strict=True):
            held[id(variable)] = variable.holding(value)
        for key, weight in zip(self._keys, self._weights, strict=True):
            held[id(weight)] = _held(weight, params.get(key, weight.value))
        twin = copy.copy(self)
        copies = {}

        def swap(value):
            if isinstance(value, containers.KINDS):
                return containers.replaced(value, swap, copies)
            return held.get(id(value), value)

        for name, value in vars(self).items():
            if name not in _ASIDE:
                vars(twin)[name] = swap(value)
        twin._own = [held[id(variable)] for variable in self._own]
        twin._weights = [held[id(weight)] for weight in self._weights]
        twin._state = {name: part for name, part in state.items() if name != "own"}
        twin._live, twin._views, twin._is_twin = None, {}, True
        return twin

    def _build_stand_ins(self, params):
        """Build for stand-ins of weights, from their keys and shapes."""
        self._build_for({key: _stand_in(key, w) for key, w in params.items()})

    def _build_for(self, weights):
        """Call `build` once for {key: weight}; later, refuse other weights."""
        keys = list(weights)
        if self._weights is None or not self._built_by_methods:
            # Concrete arrays even while a step is traced: the state is not part of it.
            with jax.ensure_compile_time_eval():
                self.build(list(weights.values()))
            self._built_by_methods = True
        elif len(keys) != len(self._keys) or _shapes(weights.values()) != _shapes(
            self._weights
        ):
            kind = type(self).__name__
            raise ValueError(
                f"This {kind} was built for {len(self._keys)} weights, and is to train "
                f"{len(keys)} others: {', '.join(map(quoted, keys[:3]))}... Compile "
                f"with a new one: {kind}.from_config(optimizer.get_config())."
            )
        self._take_keys(keys, list(weights.values()))

    _built_by_methods = False


def _shapes(weights):
    return [tuple(weight.shape) for weight in weights]


def _held(weight, value):
    """A variable like `weight`, without its constraint, that holds `value`."""
    if not isinstance(weight, Variable):
        weight = _stand_in(weight.path, value)
    held = weight.holding(value)
    held.constraint = None
    return held


def _stand_in(key, weight):
    name = key.rpartition("/")[2]
    variable = Variable.declared(name, weight.shape, weight.dtype, np.zeros)
    variable.path = key
    return variable
