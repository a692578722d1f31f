"""JaxLayer and FlaxLayer: JAX functions and Flax modules as layers."""

import inspect
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core import rng
from nbkeras.core.annotations import Config
from nbkeras.core.errors.structured_errors import argument
from nbkeras.layers.dropout import checked_seed, key_of
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.random_numbers import SeedGenerator
from nbkeras.layers.engine.registry import register

CALL_NAMES = ("params", "state", "rng", "inputs", "training")
INIT_NAMES = ("rng", "inputs", "training")


@register("JaxLayer")
class JaxLayer(Layer):
    """A layer made of pure JAX functions, with parameters and state as pytrees.

    Args:
        call_fn: `call_fn(params, state, rng, inputs, training)` with `inputs` and any
            of the other arguments, in any order. It returns the output; if it has the
            argument `state`, (output, new state).
        init_fn: `init_fn(rng, inputs, training)`, likewise; it returns the initial
            params, or (params, state).
        params: initial params; None to create them by `init_fn`.
        state: initial state; None to create it by `init_fn`.
        seed: seed of the layer's random numbers; None for the global seed.
        **base: arguments of `Layer`.

    Raises:
        ValueError: a function has other arguments, or there are no initial params.

    >>> def scale(params, inputs): return params * inputs
    >>> JaxLayer(scale, params=jnp.array(2.0))(jnp.ones((1, 3))).tolist()
    [[2.0, 2.0, 2.0]]
    """

    def __init__(
        self,
        call_fn: Callable[..., Any],
        init_fn: Callable[..., Any] | None = None,
        params: dict[str, jax.Array] | None = None,
        state: Any = None,
        seed: int | None = None,
        **base: Any,
    ) -> None:
        base.pop("native_serialization_platforms", None)
        super().__init__(**base)
        owner = type(self).__name__
        self.call_fn: Any = call_fn
        self.init_fn: Any = init_fn
        self.seed = checked_seed(owner, seed)
        self.seed_generator = SeedGenerator.of(self.seed)
        self._call_arguments = _names(owner, "call_fn", call_fn, CALL_NAMES)
        self._init_arguments = (
            _names(owner, "init_fn", init_fn, INIT_NAMES) if init_fn else ()
        )
        self._trees = {}
        needs = {"params", "state"} & set(self._call_arguments)
        if needs and init_fn is None and params is None and state is None:
            raise ValueError(
                f"{owner}: call_fn takes {' and '.join(sorted(needs))}, and there are "
                "no initial values. Write init_fn=function, or params=values."
            )
        if params is not None or state is not None:
            self._declare(params, state)

    def build(self, input_shape: Any) -> None:
        """Create the initial params and state, unless they were passed."""
        if self._trees or not {"params", "state"} & set(self._call_arguments):
            return
        with jax.ensure_compile_time_eval():
            inputs = jax.tree.map(
                lambda shape: jnp.ones([n or 1 for n in shape]),
                input_shape,
                is_leaf=lambda shape: isinstance(shape, tuple),
            )
            arguments = {"rng": self._init_key(), "inputs": inputs, "training": True}
            trees = self.init_fn(*[arguments[name] for name in self._init_arguments])
            params, state = trees if "state" in self._call_arguments else (trees, None)
            self._declare(params, state)

    def _declare(self, params, state):
        """Declare a weight for each leaf, as attributes `params_0`, `state_0`, ..."""
        for kind, values in (("params", params), ("state", state)):
            leaves, tree = jax.tree.flatten(values)
            self._trees[kind] = tree
            for number, value in enumerate(leaves):
                value = np.asarray(value)
                weight = self.add_weight(
                    f"{kind}_{number}",
                    value.shape,
                    lambda shape, dtype=None, value=value: value,
                    dtype=None if value.dtype.kind == "f" else value.dtype.name,
                    trainable=kind == "params",
                )
                setattr(self, f"{kind}_{number}", weight)

    def _tree(self, kind):
        tree = self._trees.get(kind)
        if tree is None:
            return None
        return tree.unflatten(
            [getattr(self, f"{kind}_{n}") for n in range(tree.num_leaves)]
        )

    @property
    def params(self) -> Any:
        """The tree of trainable weights."""
        return self._tree("params")

    @property
    def state(self) -> Any:
        """The tree of the other weights."""
        return self._tree("state")

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The result of `call_fn`."""
        arguments = {
            "params": self.params,
            "state": self.state,
            "inputs": inputs,
            "training": training,
        }
        if "rng" in self._call_arguments:
            arguments["rng"] = self._call_key(training)
        result = self.call_fn(*[arguments[name] for name in self._call_arguments])
        if "state" not in self._call_arguments:
            return result
        y, state = result
        leaves, tree = jax.tree.flatten(state)
        if tree != self._trees["state"]:
            raise ValueError(
                f"{type(self).__name__}: call_fn returned a state of the structure "
                f"{tree}, and the initial state has {self._trees['state']}. Return a "
                "state of the same structure."
            )
        for number, value in enumerate(leaves):
            setattr(self, f"state_{number}", value)
        return y

    def _init_key(self) -> Any:
        return jax.random.key(rng.next_seed())

    def _call_key(self, training: bool) -> Any:
        return key_of(self) if training else None


@register("FlaxLayer")
class FlaxLayer(JaxLayer):
    """A flax.linen module as a layer; flax must be installed.

    Args:
        module: the module.
        method: a method of the module, or its name; None for `__call__`.
        variables: initial variables; None to create them by the module.
        **base: `seed`; arguments of `Layer`.
    """

    def __init__(
        self, module: Any, method: Any = None, variables: Any = None, **base: Any
    ) -> None:
        # Flax is not a dependency: users of Flax modules have it installed.
        from flax.linen import DenyList  # pyright: ignore[reportMissingImports]

        self.module = module
        self.method = getattr(module, method) if isinstance(method, str) else method
        mutable = DenyList(["params"])
        takes_training = (
            "training" in inspect.signature(self.method or module.__call__).parameters
        )

        def run(params, state, key, inputs, **training):
            return module.apply(
                {**(params or {}), **(state or {})},
                inputs,
                rngs=key,
                method=self.method,
                mutable=mutable,
                **training,
            )

        def init(key, inputs, **training):
            return _parts(module.init(key, inputs, method=self.method, **training))

        # The functions have the argument `training` only if the module does.
        def trained_fn(params, state, rng, inputs, training):
            return run(params, state, rng, inputs, training=training)

        def trained_init_fn(rng, inputs, training):
            return init(rng, inputs, training=training)

        def plain_fn(params, state, rng, inputs):
            return run(params, state, rng, inputs)

        def plain_init_fn(rng, inputs):
            return init(rng, inputs)

        call_fn = trained_fn if takes_training else plain_fn
        init_fn = trained_init_fn if takes_training else plain_init_fn

        params, state = (None, None) if variables is None else _parts(variables)
        super().__init__(call_fn, init_fn, params, state, **base)

    def _init_key(self) -> Any:
        return {name: super(FlaxLayer, self)._init_key() for name in _STREAMS}

    def _call_key(self, training: bool) -> Any:
        return {"dropout": key_of(self)} if training else {}

    def get_config(self) -> Config:
        """The module, the name of the method, and the arguments of `Layer`."""
        config = super().get_config()
        for name in ("call_fn", "init_fn", "variables"):
            config.pop(name, None)
        return config


_STREAMS = ("params", "dropout")


def _parts(variables):
    """(params, state) of flax variables."""
    variables = dict(variables)
    params = {name: variables.pop(name) for name in ("params",) if name in variables}
    return params, variables


def _names(owner, argument_name, function, allowed):
    """The names of a function's arguments, all of which must be in `allowed`."""
    names = list(inspect.signature(function).parameters)
    if "inputs" in names and set(names) <= set(allowed):
        return names
    others = ", ".join(name for name in allowed if name != "inputs")
    needed = f"a function of inputs and perhaps of {others}"
    example = "lambda params, inputs: params * inputs"
    raise argument(owner, argument_name, f"f({', '.join(names)})", needed, example)
