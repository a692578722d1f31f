"""Wrapper, TimeDistributed, Lambda, Masking, ActivityRegularization and Identity."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Self, Unpack

import jax
import jax.numpy as jnp

from nbkeras import ops
from nbkeras.core import check, sparse_arrays
from nbkeras.core.annotations import Config, CustomObjects, Shape
from nbkeras.core.errors import structured_errors
from nbkeras.core.names.display_name import quoted
from nbkeras.core.serialization.configurable import function_form
from nbkeras.core.serialization.registry import custom, custom_object_scope, is_custom
from nbkeras.layers.engine import building
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
        ValueError: `layer` is not a layer.
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
    def from_config(
        cls, config: Config, custom_objects: CustomObjects | None = None
    ) -> Self:
        """Create an equal object; the inner layer may be a config."""
        with custom_object_scope(custom_objects):
            inner = config["layer"]
            if isinstance(inner, dict):
                config = {**config, "layer": registry.get(inner)}
            return cls(**config)


@register("TimeDistributed")
class TimeDistributed(Wrapper):
    """Apply a layer to every step: (batch, steps, ...) -> (batch, steps, ...).

    The steps are moved into the batch axis, so the layer is called once; a layer that
    computes statistics over the batch computes them over all steps.

    Args:
        layer: the layer, which is called on inputs without the step axis.
        **base: arguments of `Layer`.

    Raises:
        ValueError: the input has fewer than three axes, or the mask has another shape.
    """

    supports_masking = True

    def __init__(self, layer: Layer, **base: Unpack[LayerArguments]) -> None:
        super().__init__(layer, **base)
        self.rows_independent = layer.treats_rows_alone()
        self.input_spec = InputSpec(min_ndim=3)

    def build(self, input_shape: Shape) -> None:
        """Build the layer for the inputs of one step."""
        if building.by_hand() and not self.layer.built:
            self.layer.build_for((input_shape[0], *input_shape[2:]))

    def call(self, x: jax.Array, mask: jax.Array | None = None) -> jax.Array:
        """The layer's output for each step."""
        rows, steps = x.shape[:2]
        keywords = {}
        if mask is not None:
            if mask.shape[:2] != (rows, steps):
                raise ValueError(
                    f"TimeDistributed {quoted(self.name)}: the mask has shape "
                    f"{mask.shape}, the input {x.shape}. Give a mask of shape "
                    f"{x.shape[:2]}."
                )
            keywords["mask"] = mask.reshape(rows * steps, *mask.shape[2:])
        context = self._context
        row_weights = context.row_weights
        if row_weights is not None:
            context.row_weights = jnp.repeat(row_weights, steps)
        try:
            y = self.layer(x.reshape(rows * steps, *x.shape[2:]), **keywords)
        finally:
            context.row_weights = row_weights
        return jax.tree.map(lambda a: a.reshape(rows, steps, *a.shape[1:]), y)


@register("Lambda")
class Lambda(Layer):
    """Apply a function as a layer: `Lambda(lambda x: x / 255)`.

    A file stores only the name of the function, because nbkeras never loads code from a
    file; pass the function in `custom_objects` when loading. A subclass of `Layer` does
    not have this limit.

    Args:
        function: function of the input; `training` and `mask` are passed if it has
            these arguments.
        output_shape: accepted as in Keras; shapes are inferred.
        mask: mask of the output, or a function (inputs, mask) that returns it.
        arguments: {name: value} of further arguments of the function.
        **base: arguments of `Layer`.

    Raises:
        ValueError: `function` is not callable.
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
        self._parameters = _parameters(function)

    def call(
        self, x: jax.Array, mask: jax.Array | None = None, training: bool = False
    ) -> jax.Array:
        """The result of the function for `x`."""
        keywords = dict(self.arguments)
        for name, value in (("mask", mask), ("training", training)):
            if name in self._parameters:
                keywords[name] = value
        return self.function(x, **keywords)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The given mask, or the result of the mask function."""
        return self.mask(inputs, previous_mask) if callable(self.mask) else self.mask

    def get_config(self) -> Config:
        """The constructor's arguments, with functions by name."""
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
    def from_config(
        cls, config: Config, custom_objects: CustomObjects | None = None
    ) -> Self:
        """Create an equal layer; functions are looked up by name, never loaded as code.

        Raises:
            ValueError: a function was not passed in `custom_objects`.
        """
        with custom_object_scope(custom_objects):
            config = dict(config)
            for name in ("function", "output_shape", "mask"):
                saved = config.get(name)
                is_function = name == "function" and saved is not None
                if is_function or isinstance(saved, dict):
                    config[name] = _find_function(config.get("name", "lambda"), saved)
            return cls(**config)


@register("Masking")
class Masking(Layer):
    """Mask steps in which all features equal `mask_value`.

    Masked steps become zero, and later layers that support masking skip them.

    Args:
        mask_value: value that marks a step as missing.
        **base: arguments of `Layer`.

    Shapes:
        x (batch, steps, features) -> y of the same shape, mask (batch, steps).
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
        """True for steps that are not missing; of a symbolic tensor as well."""
        functions: Any = ops
        present = functions.not_equal(inputs, self.mask_value)
        return functions.any(present, axis=-1)


@register("ActivityRegularization")
class ActivityRegularization(Layer):
    """Add a penalty on the inputs to the loss.

    Args:
        l1: factor of the sum of absolute values, at least 0.
        l2: factor of the sum of squares, at least 0.
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
        values, rows = x, self.row_weights
        num_rows = x.shape[0]
        if rows is not None:
            is_real = (rows > 0).reshape(-1, *(1,) * (x.ndim - 1))
            values, num_rows = (
                jnp.where(is_real, x, 0),
                jnp.maximum(jnp.sum(rows > 0), 1),
            )
        self.add_loss(self.penalty(values) / num_rows)
        return x


@register("Identity")
class Identity(Layer):
    """Return the input unchanged.

    Args:
        **base: arguments of `Layer`.
    """

    rows_independent = True
    keeps_sparse = True
    supports_masking = True

    def __init__(self, **base: Unpack[LayerArguments]) -> None:
        super().__init__(**base)

    def call(self, x: jax.Array) -> jax.Array:
        """`x`, unchanged."""
        return x

    def call_on_sparse(self, *args: Any, **kwargs: Any) -> Any:
        """A sparse array, in the compute dtype of the layer."""
        if not args or not self.autocast:
            return args[0] if args else None
        return sparse_arrays.in_float_dtype(args[0], self.compute_dtype)


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


def _find_function(layer_name, saved):
    if callable(saved):
        return saved
    name = saved.get("config") if isinstance(saved, dict) else saved
    name = name if isinstance(name, str) and name.isidentifier() else None
    function = custom(name) or custom(layer_name)
    module = saved.get("module") if isinstance(saved, dict) else None
    if function is None and (module in (None, "builtins") or not is_custom(module)):
        function = activations.registry.find(name)
    if function is None:
        shown_name = name or layer_name
        raise ValueError(
            f"The Lambda layer {quoted(layer_name)} needs its "
            f"function{f' {name!r}' if name else ''}, because files contain no code. "
            f"Write load_model(path, custom_objects={{{shown_name!r}: function}})."
        )
    return function
