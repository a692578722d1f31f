"""LossScaleOptimizer: scale the loss so that 16-bit gradients do not underflow."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import jax
import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.core.annotations import Config, CustomObjects, LearningRate
from nbkeras.core.serialization.configurable import to_config
from nbkeras.core.serialization.registry import custom_object_scope
from nbkeras.core.variable import Variable
from nbkeras.optimizers import state_variables
from nbkeras.optimizers.base import Optimizer
from nbkeras.optimizers.registry import register, registry

_OWNER = "LossScaleOptimizer"
# Defaults in configs of Keras 2 and early Keras 3, accepted without effect.
_WITHOUT_EFFECT = {
    "weight_decay": None,
    "clipnorm": None,
    "global_clipnorm": None,
    "clipvalue": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}


@register(_OWNER)
class LossScaleOptimizer(Optimizer):
    """Wrap an optimizer with dynamic loss scaling.

    A step with gradients that are not finite is skipped and halves the scale; after
    `dynamic_growth_steps` finite steps the scale doubles. `fit` scales the loss
    automatically; a custom loop differentiates `optimizer.scale_loss(loss)`.

    Args:
        inner_optimizer: the optimizer that updates the weights.
        initial_scale: initial loss scale.
        dynamic_growth_steps: number of finite steps before the scale doubles.
        name: name stored in files.
        dynamic: must be True, as in Keras 3; `loss_scale_factor` of an optimizer is the
            fixed scale.

    Raises:
        ValueError: a setting that belongs to `inner_optimizer`.
        TypeError: `inner_optimizer` is not an optimizer.

    Source: Micikevicius et al., "Mixed Precision Training", ICLR 2018.

    >>> from nbkeras.optimizers import SGD
    >>> optimizer = LossScaleOptimizer(SGD(0.1), initial_scale=8.0)
    >>> float(optimizer.scale_loss(2.0))
    16.0
    """

    def __init__(
        self,
        inner_optimizer: Optimizer,
        initial_scale: float = 2.0**15,
        dynamic_growth_steps: int = 2000,
        name: str | None = None,
        dynamic: bool = True,
        **settings: Any,
    ) -> None:
        if not dynamic:
            raise ValueError(
                f"{_OWNER}(dynamic=False): the scale is always dynamic. For a fixed "
                "scale write loss_scale_factor on the optimizer itself, for example "
                "Adam(loss_scale_factor=128.0)."
            )
        for key, value in settings.items():
            if key not in _WITHOUT_EFFECT or value != _WITHOUT_EFFECT[key]:
                raise ValueError(
                    f"{_OWNER}({key}={value!r}): set this on the inner optimizer. "
                    f"Write for example {_OWNER}(Adam({key}={value!r}))."
                )
        if not isinstance(inner_optimizer, Optimizer):
            raise TypeError(
                f"{_OWNER}({inner_optimizer!r}): the first argument must be an "
                f"optimizer. Write for example {_OWNER}(Adam())."
            )
        super().__init__(0.0, name=name or "loss_scale_optimizer")
        self.inner_optimizer = inner_optimizer
        self.initial_scale = check.number(_OWNER, "initial_scale", initial_scale, 0)
        self.dynamic_growth_steps = check.positive_int(
            _OWNER, "dynamic_growth_steps", dynamic_growth_steps, 2000
        )
        # The dynamic scale replaces a fixed one.
        inner_optimizer.loss_scale_factor = None
        self._schedule = inner_optimizer._schedule
        self._initial_rate = inner_optimizer._initial_rate
        self._decay = inner_optimizer._decay

    @property
    def dynamic_scale(self) -> jax.Array:
        """The loss scale of the next step."""
        scale = self._part("loss_scale")
        first = jnp.asarray(self.initial_scale, jnp.float32)
        return first if scale is None else scale["dynamic_scale"]

    @property
    def step_counter(self) -> jax.Array:
        """The number of finite steps since the scale last changed."""
        scale = self._part("loss_scale")
        return jnp.zeros((), jnp.int32) if scale is None else scale["step_counter"]

    def scale_loss(self, loss: Any) -> Any:
        """The scaled loss to differentiate in a custom loop."""
        return loss * self.dynamic_scale

    def scale_of(self, state: Any) -> jax.Array:
        """The loss scale of the next step for a state; pure, for use inside a step."""
        return state["loss_scale"]["dynamic_scale"]

    @property
    def learning_rate(self) -> jax.Array:
        """The learning rate of the inner optimizer."""
        return Optimizer.learning_rate.fget(self)

    @learning_rate.setter
    def learning_rate(self, value: LearningRate) -> jax.Array:
        Optimizer.learning_rate.fset(self, value)
        self.inner_optimizer._schedule = self._schedule
        self.inner_optimizer._initial_rate = self._initial_rate
        self.inner_optimizer._decay = self._decay
        self._share()

    lr = learning_rate

    # The state is that of the inner optimizer plus the entry "loss_scale".

    def init_missing(self, state: Any, params: Mapping[str, jax.Array]) -> Any:
        """A state for `params`: existing parts of `state` are kept, others added."""
        fresh = {
            "step_counter": jnp.zeros((), jnp.int32),
            "dynamic_scale": jnp.asarray(self.initial_scale, jnp.float32),
        }
        scale = (state or {}).get("loss_scale", fresh)
        inner = self.inner_optimizer.init_missing(state, params)
        return {**inner, "loss_scale": scale}

    def update(
        self,
        grads: Mapping[str, jax.Array],
        state: Any,
        params: Mapping[str, jax.Array],
    ) -> tuple[dict[str, Any], Any]:
        """Compute (changes, state) from gradients of the scaled loss."""
        scale = state["loss_scale"]
        inner = {name: part for name, part in state.items() if name != "loss_scale"}
        leaves = jax.tree.leaves(grads)
        finite = jnp.stack([jnp.isfinite(leaf).all() for leaf in leaves]).all()

        def move():
            unscaled = jax.tree.map(
                lambda g: g / scale["dynamic_scale"].astype(g.dtype), grads
            )
            changes, new = self.inner_optimizer.update(unscaled, inner, params)
            doubles = scale["step_counter"] == self.dynamic_growth_steps - 1
            factor = jnp.where(doubles, 2.0, 1.0)
            counter = jnp.where(doubles, 0, scale["step_counter"] + 1)
            return changes, new, _scale(counter, scale["dynamic_scale"] * factor)

        def stay():
            changes = jax.tree.map(jnp.zeros_like, params)
            return changes, inner, _scale(0, scale["dynamic_scale"] * 0.5)

        changes, inner, scale = jax.lax.cond(finite, move, stay)
        return changes, {**inner, "loss_scale": scale}

    update_in_fit = update

    def finalize(
        self, params: Mapping[str, jax.Array], state: Any
    ) -> dict[str, jax.Array]:
        """The final weights, as the inner optimizer returns them."""
        return self.inner_optimizer.finalize(params, state)

    def slot_groups(self) -> list[tuple[str, ...]]:
        """The slot groups of the inner optimizer."""
        return self.inner_optimizer.slot_groups()

    def moves_in(self, state: Any) -> jax.Array:
        """The number of updates of the inner optimizer."""
        return self.inner_optimizer.moves_in(state)

    def attach(
        self, read: Callable[..., Any], write: Callable[[dict[str, Any]], None]
    ) -> None:
        """Hold the state, including the inner optimizer's, in the running fit."""
        super().attach(read, write)
        self.inner_optimizer.attach(read, write)

    def detach(self, state: Any) -> None:
        """Take the final state of the fit."""
        super().detach(state)
        self.inner_optimizer.detach(None)
        self._share()

    def build(self, weights: Any) -> None:
        """Create the state for a list of weights."""
        super().build(weights)
        self._share()

    def apply(
        self, grads: Mapping[str, jax.Array], trainable_variables: Any = None
    ) -> None:
        """Update the weights by one step, from gradients of the scaled loss."""
        super().apply(grads, trainable_variables)
        self._share()

    def adopt(self, weights: Mapping[str, Any], owner: Any = None) -> None:
        """Register the weights of a fit, also with the inner optimizer."""
        super().adopt(weights, owner)
        self.inner_optimizer.adopt(weights, owner)

    def averages(self) -> dict[str, Any]:
        """{key: average of the weight} of the inner optimizer."""
        return self.inner_optimizer.averages()

    def change(self, **parts: Any) -> None:
        """Replace parts of the state, also in the inner optimizer."""
        super().change(**parts)
        self._share()

    @property
    def variables(self) -> list[Variable]:
        """In the order of Keras: four of its own, then those of the inner optimizer."""
        own = [
            Variable(0, dtype="int32", trainable=False, name="iteration"),
            Variable(0.0, trainable=False, name="learning_rate"),
            *(
                state_variables.variable_at(self, ("loss_scale", name), name)
                for name in ("step_counter", "dynamic_scale")
            ),
        ]
        return own + state_variables.variables(self, self.inner_optimizer)

    def variables_list(self, state: Any, paths: Sequence[str]) -> list[Any]:
        """Arrays in the order of `variables`."""
        scale = state["loss_scale"]
        own = [
            jnp.zeros((), jnp.int32),
            jnp.zeros((), jnp.float32),
            scale["step_counter"],
            scale["dynamic_scale"],
        ]
        return own + self.inner_optimizer.variables_list(state, paths)

    def from_variables_list(
        self, arrays: Sequence[Any], paths: Sequence[str], like: Any
    ) -> dict[str, Any]:
        """Rebuild the state from arrays in the order of `variables`."""
        arrays = [jnp.asarray(array) for array in arrays]
        inner = self.inner_optimizer.from_variables_list(arrays[4:], paths, like)
        return {**inner, "loss_scale": _scale(arrays[2], arrays[3])}

    def get_config(self) -> Config:
        """The inner optimizer and the settings of the scale."""
        return {
            "name": self.name,
            "inner_optimizer": to_config(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }

    @classmethod
    def from_config(
        cls, config: Config, custom_objects: CustomObjects | None = None
    ) -> Self:
        """Rebuild the optimizer from the config of `get_config`."""
        with custom_object_scope(custom_objects):
            return cls(registry.get(config["inner_optimizer"]), **_others(config))

    def _share(self):
        """Let the inner optimizer access its part of the state."""
        if self._live is None and self._state is not None:
            inner = {
                name: part for name, part in self._state.items() if name != "loss_scale"
            }
            self.inner_optimizer.detach(inner)


def _scale(counter, value):
    return {
        "step_counter": jnp.asarray(counter, jnp.int32),
        "dynamic_scale": jnp.asarray(value, jnp.float32),
    }


def _others(config):
    return {name: value for name, value in config.items() if name != "inner_optimizer"}
