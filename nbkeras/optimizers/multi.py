"""MultiOptimizer: a separate optimizer for each group of weights."""

import re
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from types import SimpleNamespace
from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core.annotations import Config, CustomObjects, LearningRate
from nbkeras.core.serialization.configurable import to_config
from nbkeras.core.serialization.registry import custom_object_scope
from nbkeras.optimizers import state_variables
from nbkeras.optimizers.base import Optimizer
from nbkeras.optimizers.loss_scale import LossScaleOptimizer
from nbkeras.optimizers.registry import register, registry

_NUMBER = re.compile(r"^\d{4}/")  # prefix of paths outside fit
_FORM = "OptimizerMap(Adam(), {'encoder/.*': SGD(0.1)})"


class OptimizerMap(MutableMapping):
    """Map the path of a weight to an optimizer.

    A key equal to the path comes first; then the keys are regular expressions that must
    match the whole path; other weights get the default.

    Args:
        default_optimizer: optimizer of weights that match no key.
        optimizer_map: {path or pattern: optimizer}.

    Raises:
        TypeError: the default is not an optimizer, or `optimizer_map` not a dict.
        ValueError: on lookup, if several patterns match.

    >>> from nbkeras.optimizers import SGD, Adam
    >>> chosen = OptimizerMap(Adam(), {"head/.*": SGD(0.1)})
    >>> chosen["head/kernel"].name, chosen["dense/kernel"].name
    ('sgd', 'adam')
    """

    def __init__(
        self,
        default_optimizer: Optimizer,
        optimizer_map: Mapping[str, Optimizer] | None = None,
    ) -> None:
        if not isinstance(default_optimizer, Optimizer):
            raise TypeError(
                f"OptimizerMap({default_optimizer!r}): the default must be an "
                f"optimizer. Write for example {_FORM}."
            )
        if optimizer_map is not None and not isinstance(optimizer_map, dict):
            raise TypeError(
                f"OptimizerMap(optimizer_map=...) is a {type(optimizer_map).__name__}; "
                f"it must be a dict. Write for example {_FORM}."
            )
        self._default, self._chosen = default_optimizer, {}
        for key, optimizer in (optimizer_map or {}).items():
            self[key] = optimizer

    @property
    def default_optimizer(self) -> Optimizer:
        """The optimizer of weights whose path matches no key."""
        return self._default

    def __getitem__(self, key):
        if key in self._chosen:
            return self._chosen[key]
        patterns = [pattern for pattern in self._chosen if re.fullmatch(pattern, key)]
        if len(patterns) > 1:
            raise ValueError(
                f"Multiple optimizers are chosen for the weight {key!r}: it matches "
                f"{patterns}. Let at most one match, or give the path itself as a key."
            )
        return self._chosen[patterns[0]] if patterns else self._default

    def __setitem__(self, key, optimizer):
        if key in self._chosen:
            raise ValueError(
                f"{key!r} is already in the OptimizerMap. First write del "
                f"optimizers[{key!r}]."
            )
        if not isinstance(key, str):
            raise ValueError(
                f"OptimizerMap[{key!r}]: a key is the path of a weight or a pattern. "
                f"Write for example {_FORM}."
            )
        _must_move_weights(optimizer, key)
        self._chosen[key] = optimizer

    def __delitem__(self, key):
        del self._chosen[key]

    def __len__(self):
        return len(self._chosen)

    def __iter__(self):
        return iter(self._chosen)

    def __call__(self, variable):
        """The optimizer of a weight."""
        return self[variable.path]

    def get_config(self) -> Config:
        """The default optimizer and the map, as configs."""
        return {
            "default_optimizer": to_config(self._default),
            "optimizer_map": {
                key: to_config(optimizer) for key, optimizer in self.items()
            },
        }

    @classmethod
    def from_config(
        cls, config: Config, custom_objects: CustomObjects | None = None
    ) -> Self:
        """Rebuild the map from the config of `get_config`."""
        chosen = config.get("optimizer_map") or {}
        return cls(
            registry.get(config["default_optimizer"], custom_objects),
            {
                key: registry.get(optimizer, custom_objects)
                for key, optimizer in chosen.items()
            },
        )


@register("MultiOptimizer")
class MultiOptimizer(Optimizer):
    """Several optimizers, each for some of the weights.

    Args:
        optimizer_map: an `OptimizerMap`, or a function that maps a weight (with `path`,
            `shape` and `dtype`) to one of a few optimizers.
        loss_scale_factor: loss scale of all optimizers; None for no scaling.
        name: name stored in files.

    Raises:
        TypeError: `optimizer_map` is not callable.

    Each optimizer has its own learning rate, `multi.optimizers[0].learning_rate`.
    """

    def __init__(
        self,
        optimizer_map: Callable[[Any], Optimizer],
        loss_scale_factor: float | None = None,
        name: str | None = None,
    ) -> None:
        if not callable(optimizer_map):
            raise TypeError(
                f"MultiOptimizer({type(optimizer_map).__name__}): give an OptimizerMap "
                f"or a function of a weight. Write for example MultiOptimizer({_FORM})."
            )
        super().__init__(0.0, loss_scale_factor=loss_scale_factor, name=name)
        self.optimizer_map = optimizer_map
        self._inner, self._places = [], {}
        if isinstance(optimizer_map, OptimizerMap):
            for optimizer in optimizer_map._chosen.values():
                self._index_of(optimizer)
            self._index_of(optimizer_map.default_optimizer)

    @property
    def optimizers(self) -> list[Optimizer]:
        """The optimizers, in the order of their states."""
        return list(self._inner)

    @property
    def learning_rate(self) -> jax.Array:
        """Undefined: each optimizer has its own learning rate.

        Raises:
            AttributeError: always.
        """
        raise AttributeError(self.why_fixed())

    @learning_rate.setter
    def learning_rate(self, value: LearningRate) -> jax.Array:
        raise AttributeError(self.why_fixed())

    lr = learning_rate

    def why_fixed(self) -> str | None:
        """Why the learning rate cannot be set: each optimizer has its own."""
        return (
            "A MultiOptimizer has no learning rate of its own. Read and set those of "
            "its parts: optimizer.optimizers[0].learning_rate = 0.01."
        )

    def rate_of(self, state: Any) -> jax.Array:
        """NaN, since there is no single learning rate."""
        return jnp.asarray(jnp.nan, jnp.float32)

    def init_missing(self, state: Any, params: Mapping[str, jax.Array]) -> Any:
        """The state of each optimizer for its part of `params`."""
        parts = self._parts(params, params)
        old = (state or {}).get("inner") or [None] * len(parts)
        old = [*old, *[None] * (len(parts) - len(old))]
        states = [
            optimizer.init_missing(before, part)
            for optimizer, before, part in zip(self._inner, old, parts, strict=True)
        ]
        count = (state or {}).get("iterations", np.zeros((), np.int32))
        own = {
            "iterations": count,
            "learning_rate": np.zeros((), np.float32),
            "shared": {},
            "slots": {},
        }
        return {**jax.device_put(own), "inner": states}

    def update(
        self,
        grads: Mapping[str, jax.Array],
        state: Any,
        params: Mapping[str, jax.Array],
    ) -> tuple[dict[str, Any], Any]:
        """Compute (changes, state): each optimizer updates its own weights."""
        return self._step(grads, state, params, "update")

    def update_in_fit(
        self,
        grads: Mapping[str, jax.Array],
        state: Any,
        params: Mapping[str, jax.Array],
    ) -> tuple[dict[str, Any], Any]:
        """As `update`, for gradients of an unscaled loss."""
        return self._step(grads, state, params, "update_in_fit")

    def _step(self, grads, state, params, method):
        changes, states = {}, []
        gradients = self._parts(grads, params)
        parts = zip(
            self._inner,
            gradients,
            state["inner"],
            self._parts(params, params),
            strict=True,
        )
        for optimizer, own_grads, own_state, own_params in parts:
            if own_params:
                update = getattr(optimizer, method)
                own_changes, own_state = update(own_grads, own_state, own_params)
                changes |= own_changes
            states.append(own_state)
        count = state["iterations"] + 1
        changes = {path: changes[path] for path in params}
        return changes, {**state, "inner": states, "iterations": count}

    def moves_in(self, state: Any) -> jax.Array:
        """The number of steps, including those that only accumulate gradients."""
        return state["iterations"]

    def finalize(
        self, params: Mapping[str, jax.Array], state: Any
    ) -> dict[str, jax.Array]:
        """The final weights, as each optimizer returns its own."""
        final = {}
        parts = self._parts(params, params)
        for optimizer, part, own in zip(
            self._inner, parts, state["inner"], strict=True
        ):
            final |= optimizer.finalize(part, own) if part else {}
        return {path: final[path] for path in params}

    def attach(
        self, read: Callable[..., Any], write: Callable[[dict[str, Any]], None]
    ) -> None:
        """Hold the states in the running fit."""
        super().attach(read, write)
        for place, optimizer in enumerate(self._inner):
            optimizer.attach(*_part_of(read, write, place))

    def detach(self, state: Any) -> None:
        """Take the final state of the fit."""
        super().detach(state)
        self._share()

    def build(self, weights: Any) -> None:
        """Create the states for a list of weights."""
        super().build(weights)
        self._share()

    def apply(
        self, grads: Mapping[str, jax.Array], trainable_variables: Any = None
    ) -> None:
        """Update the weights by one step."""
        super().apply(grads, trainable_variables)
        self._share()

    def adopt(self, weights: Mapping[str, Any], owner: Any = None) -> None:
        """Register the weights of a fit, {path: weight}, with their optimizers."""
        super().adopt(weights, owner)
        parts = self._parts(weights, weights)
        for optimizer, part in zip(self._inner, parts, strict=True):
            if part:
                optimizer.adopt(part, owner)

    def averages(self) -> dict[str, Any]:
        """{key: average of the weight}, of all inner optimizers."""
        averages = {}
        for optimizer in self._inner:
            averages |= optimizer.averages()
        return averages

    def change(self, **parts: Any) -> None:
        """Replace parts of the state, also in the inner optimizers."""
        super().change(**parts)
        if not self._live:
            self._share()

    @property
    def variables(self) -> list[Any]:
        """In the order of Keras: two of its own, then those of each optimizer."""
        variables = [
            state_variables.variable_at(self, (name,), shown)
            for name, shown in (
                ("iterations", "iteration"),
                ("learning_rate", "learning_rate"),
            )
        ]
        if self.state is None:
            return variables
        keys = self._order_of_weights() or list(self._places)
        for place, optimizer in enumerate(self._inner):
            own = [key for key in keys if self._places.get(key) == place]
            if own:
                part = ("inner", place)
                variables += state_variables.variables(self, optimizer, part, own)
        return variables

    def variables_list(self, state: Any, paths: Sequence[str]) -> list[Any]:
        """Arrays in the order of `variables`."""
        values = [state["iterations"], state["learning_rate"]]
        for place, optimizer in enumerate(self._inner):
            own = [path for path in paths if self._places[path] == place]
            values += (
                optimizer.variables_list(state["inner"][place], own) if own else []
            )
        return values

    def from_variables_list(
        self, arrays: Sequence[Any], paths: Sequence[str], like: Any
    ) -> dict[str, Any]:
        """Rebuild the states from arrays in the order of `variables`."""
        rest = [jnp.asarray(array) for array in arrays]
        state = {**like, "iterations": rest.pop(0), "learning_rate": rest.pop(0)}
        states = list(like["inner"])
        for place, optimizer in enumerate(self._inner):
            own = [path for path in paths if self._places[path] == place]
            if own:
                count = len(optimizer.variables_list(states[place], own))
                taken, rest = rest[:count], rest[count:]
                states[place] = optimizer.from_variables_list(taken, own, states[place])
        return {**state, "inner": states}

    def get_config(self) -> Config:
        """The map and the settings.

        Raises:
            ValueError: the map is a function, which cannot be saved.
        """
        if not isinstance(self.optimizer_map, OptimizerMap):
            raise ValueError(
                "This MultiOptimizer uses a function, which cannot be saved. Write "
                f"for example MultiOptimizer({_FORM})."
            )
        chosen = {
            "module": "keras.optimizers",
            "class_name": "OptimizerMap",
            "config": self.optimizer_map.get_config(),
            "registered_name": None,
        }
        return {
            "optimizer_map": chosen,
            "loss_scale_factor": self.loss_scale_factor,
            "name": self.name,
        }

    @classmethod
    def from_config(
        cls, config: Config, custom_objects: CustomObjects | None = None
    ) -> Self:
        """Rebuild the optimizer from the config of `get_config`."""
        with custom_object_scope(custom_objects):
            chosen = OptimizerMap.from_config(config["optimizer_map"]["config"])
            return cls(chosen, config.get("loss_scale_factor"), config.get("name"))

    def _parts(self, tree, params):
        """Divide `tree`, {path: array}, among the optimizers."""
        for path, value in params.items():
            if path not in self._places:
                self._places[path] = self._index_of(self._optimizer_for(path, value))
        parts = [{} for _ in self._inner]
        for path in params:
            parts[self._places[path]][path] = tree[path]
        return parts

    def _optimizer_for(self, key, value):
        """The optimizer of a weight: by its path, or else by that within the model."""
        inner_path = _NUMBER.sub("", key)
        optimizer = None
        for path in (getattr(value, "path", inner_path), inner_path):
            weight = SimpleNamespace(path=path, shape=value.shape, dtype=value.dtype)
            optimizer = self.optimizer_map(weight)
            by_name = isinstance(self.optimizer_map, OptimizerMap)
            if not by_name or optimizer is not self.optimizer_map.default_optimizer:
                break
        return optimizer

    def _index_of(self, optimizer):
        """The index of an optimizer, which is appended if it is new."""
        _must_move_weights(optimizer, "a weight")
        for place, inner in enumerate(self._inner):
            if inner is optimizer:
                return place
        optimizer.loss_scale_factor = self.loss_scale_factor
        self._inner.append(optimizer)
        return len(self._inner) - 1

    def _share(self):
        """Let each optimizer access its part of the state."""
        for place, optimizer in enumerate(self._inner):
            state = None if self._state is None else self._state["inner"][place]
            optimizer.detach(state)


def _part_of(read, write, place):
    """Functions (read, write) of one optimizer's part of the state."""

    def read_part(name=None):
        state = read("inner")[place]
        return state if name is None else state[name]

    def write_part(parts):
        states = read("inner")
        states[place] = {**states[place], **parts}
        write({"inner": states})

    return read_part, write_part


def with_loss_scale(optimizer: Any) -> Any:
    """`optimizer` in a LossScaleOptimizer, unless it combines optimizers already."""
    if optimizer is None or isinstance(optimizer, LossScaleOptimizer | MultiOptimizer):
        return optimizer
    return LossScaleOptimizer(optimizer)


def _must_move_weights(optimizer, owner):
    if not isinstance(optimizer, Optimizer):
        raise ValueError(
            f"The optimizer of {owner!r} is a {type(optimizer).__name__}. Give an "
            f"optimizer, for example {_FORM}."
        )
    if isinstance(optimizer, LossScaleOptimizer | MultiOptimizer):
        raise ValueError(
            f"The optimizer of {owner!r} cannot be a {type(optimizer).__name__}: give "
            "one that updates weights itself. MultiOptimizer(..., "
            "loss_scale_factor=8.0) scales the loss for all."
        )
