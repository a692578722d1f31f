"""TimeDistributed, Lambda, Masking, ActivityRegularization and Identity."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Self, Unpack

import jax
import jax.numpy as jnp

from nbkeras.core import check, structured_errors
from nbkeras.core.annotations import Config
from nbkeras.core.configurable import function_form
from nbkeras.core.names.display_name import quoted
from nbkeras.core.registry import custom, is_custom
from nbkeras.layers.engine.input_spec import InputSpec
from nbkeras.layers.engine.layer import Layer, LayerArguments
from nbkeras.layers.engine.registry import register, registry
from nbkeras.ops import activations, regularizers


@register("Wrapper")
class Wrapper(Layer):
    """Base class of layers that wrap another one, `self.layer`.

    Args:
        layer: a layer.
        **base: arguments of `Layer`.

    Raises:
        ValueError: `layer` is no layer.
    """

    def __init__(self, layer: Layer, **base: Unpack[LayerArguments]) -> None:
        super().__init__(**base)
        if not isinstance(layer, Layer):
            owner = type(self).__name__
            raise structured_errors.argument(
                owner, "layer", layer, "a ready layer", "Dense(8)"
            )
        self.layer = layer

    @classmethod
    def from_config(cls, config: Config) -> Self:
        """Create an equal object; the inner layer may be a config."""
        inner = config["layer"]
        if isinstance(inner, dict):
            config = {**config, "layer": registry.get(inner)}
        return cls(**config)


@register("TimeDistributed")
class TimeDistributed(Wrapper):
    """Apply one layer to every step: (batch, steps, ...) -> (batch, steps, ...).

    Steps are put into the batch axis, so the layer sees them all at once; one that
    takes statistics over the batch takes them over all steps.

    Args:
        layer: the layer, without the step axis in mind.
        **base: arguments of `Layer`.

    Raises:
        ValueError: the input has fewer than three axes, or the mask does not fit.
    """

    supports_masking = True

    def __init__(self, layer: Layer, **base: Unpack[LayerArguments]) -> None:
        super().__init__(layer, **base)
        self.rows_independent = layer.treats_rows_alone()
        self.input_spec = InputSpec(min_ndim=3)

    def call(self, x: jax.Array, mask: jax.Array | None = None) -> jax.Array:
        """The layer's output for each step."""
        rows, steps = x.shape[:2]
        kept = {}
        if mask is not None:
            if mask.shape[:2] != (rows, steps):
                raise ValueError(
                    f"TimeDistributed {quoted(self.name)}: the mask has shape "
                    f"{mask.shape}, the input {x.shape}. Give a mask of shape "
                    f"{x.shape[:2]}."
                )
            kept["mask"] = mask.reshape(rows * steps, *mask.shape[2:])
        context = self._context
        outer = context.row_weights
        if outer is not None:
            context.row_weights = jnp.repeat(outer, steps)
        try:
            y = self.layer(x.reshape(rows * steps, *x.shape[2:]), **kept)
        finally:
            context.row_weights = outer
        return jax.tree.map(lambda a: a.reshape(rows, steps, *a.shape[1:]), y)


@register("Lambda")
class Lambda(Layer):
    """Apply a function as a layer: `Lambda(lambda x: x / 255)`.

    A file keeps only the function's name; to load it the function is handed over, as
    nbkeras never takes code from a file. A subclass of `Layer` has no such limit.

    Args:
        function: takes the input, and `training`, `mask` if it names them.
        output_shape: not needed; shapes come from an abstract run.
        mask: the output's mask, or a function (inputs, mask) that gives it.
        arguments: {name: value} handed to the function.
        **base: arguments of `Layer`.

    Raises:
        ValueError: `function` cannot be called.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        mask: Any = None,
        arguments: Mapping[str, Any] | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        if not callable(function):
            raise ValueError(
                f"Lambda({function!r}): needs a function. Write for example "
                "Lambda(lambda x: x / 255)."
            )
        self.function = function
        self.mask = mask
        self.supports_masking = mask is not None
        self.arguments = dict(arguments or {})
        self._takes = _parameters(function)

    def call(
        self, x: jax.Array, mask: jax.Array | None = None, training: bool = False
    ) -> jax.Array:
        """The result of the function for `x`."""
        keywords = dict(self.arguments)
        for name, value in (("mask", mask), ("training", training)):
            if name in self._takes:
                keywords[name] = value
        return self.function(x, **keywords)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The given mask, or the result of the mask function."""
        return self.mask(inputs, previous_mask) if callable(self.mask) else self.mask

    def get_config(self) -> Config:
        """The arguments, functions by name only."""
        config = super().get_config()
        for name in ("function", "output_shape", "mask"):
            argument = self._arguments.get(name)
            if callable(argument):
                config[name] = _by_name(argument)
            elif argument is None:
                config.pop(name, None)
        config["arguments"] = config.get("arguments") or {}
        return config

    @classmethod
    def from_config(cls, config: Config) -> Self:
        """Create an equal layer; functions are found by name, never built from code.

        Raises:
            ValueError: a function that has not been handed over.
        """
        config = dict(config)
        for name in ("function", "output_shape", "mask"):
            saved = config.get(name)
            if isinstance(saved, dict) or (name == "function" and saved is not None):
                config[name] = _find_function(config.get("name", "lambda"), saved)
        return cls(**config)


@register("Masking")
class Masking(Layer):
    """Mask steps in which all features equal `mask_value`.

    The steps become zero, and later layers that know masks skip them.

    Args:
        mask_value: what marks a step as missing.
        **base: arguments of `Layer`.

    Shapes:
        x (batch, steps, features) -> the same, mask (batch, steps).
    """

    rows_independent = True
    supports_masking = True

    def __init__(self, mask_value: float = 0.0, **base: Unpack[LayerArguments]) -> None:
        super().__init__(**base)
        self.mask_value = check.number("Masking", "mask_value", mask_value, example=0.0)

    def call(self, x: jax.Array) -> jax.Array:
        """`x` with masked steps set to zero."""
        present = jnp.any(x != self.mask_value, axis=-1, keepdims=True)
        return jnp.where(present, x, jnp.zeros((), x.dtype))

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """True for steps that are present."""
        return jnp.any(inputs != self.mask_value, axis=-1)


@register("ActivityRegularization")
class ActivityRegularization(Layer):
    """Add a penalty on the inputs to the loss.

    Args:
        l1: strength for absolute values, at least 0.
        l2: strength for squares, at least 0.
        **base: arguments of `Layer`.
    """

    rows_independent = True
    supports_masking = True

    def __init__(
        self, l1: float = 0.0, l2: float = 0.0, **base: Unpack[LayerArguments]
    ) -> None:
        super().__init__(**base)
        self.penalty = regularizers.L1L2(l1=l1, l2=l2)
        self.l1, self.l2 = self.penalty.l1, self.penalty.l2

    def call(self, x: jax.Array) -> jax.Array:
        """`x`, unchanged."""
        counted, rows = x, self.row_weights
        number = x.shape[0]
        if rows is not None:
            real = (rows > 0).reshape(-1, *(1,) * (x.ndim - 1))
            counted, number = jnp.where(real, x, 0), jnp.maximum(jnp.sum(rows > 0), 1)
        self.add_loss(self.penalty(counted) / number)
        return x


@register("Identity")
class Identity(Layer):
    """Return the input unchanged.

    Args:
        **base: arguments of `Layer`.
    """

    rows_independent = True
    supports_masking = True

    def __init__(self, **base: Unpack[LayerArguments]) -> None:
        super().__init__(**base)

    def call(self, x: jax.Array) -> jax.Array:
        """`x`, unchanged."""
        return x


def _parameters(function):
    try:
        return set(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # written in C, without a signature
        return set()


def _by_name(function):
    if hasattr(function, "__name__"):
        return function_form(function)
    name = type(function).__name__
    return {
        "module": "builtins",
        "class_name": "function",
        "config": name,
        "registered_name": name,
    }


def _find_function(layer_name, given):
    if callable(given):
        return given
    name = given.get("config") if isinstance(given, dict) else given
    name = name if isinstance(name, str) and name.isidentifier() else None
    function = custom(name) or custom(layer_name)
    module = given.get("module") if isinstance(given, dict) else None
    if function is None and (module in (None, "builtins") or not is_custom(module)):
        function = activations.registry.find(name)
    if function is None:
        shown = name or layer_name
        raise ValueError(
            f"The Lambda layer {quoted(layer_name)} needs its "
            f"function{f' {name!r}' if name else ''}, because files contain no code. "
            f"Write load_model(path, custom_objects={{{shown!r}: function}})."
        )
    return function
