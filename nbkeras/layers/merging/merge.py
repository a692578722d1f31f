"""Elementwise merging layers: Add, Subtract, Multiply, Average, Maximum, Minimum."""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import jax
import jax.numpy as jnp

from nbkeras.core import check, notices
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.registry import register
from nbkeras.layers.merging.base import Merge
from nbkeras.layers.merging.concatenate import Concatenate, Dot
from nbkeras.layers.wrappers import Lambda
from nbkeras.ops.functions import sparse_functions


class _Elementwise(Merge):
    """Base class of elementwise merging; lower ranks get axes of 1 after the batch."""

    def call(self, inputs: Sequence[jax.Array]) -> jax.Array:
        """The merged tensor, of the shape that the inputs broadcast to."""
        self._refuse_unlike_batches(inputs, broadcast=(1,))
        rank = max(x.ndim for x in inputs)
        expanded = [
            x.reshape(x.shape[:1] + (1,) * (rank - x.ndim) + x.shape[1:])
            for x in inputs
        ]
        return self._merged(expanded)

    # A function of two arrays that is 0 for zeros.
    _combine: Callable[..., Any]

    def _merged(self, inputs):
        return functools.reduce(self._combine, inputs)

    def _merged_sparse(self, inputs):
        if any(x.shape != inputs[0].shape for x in inputs):
            return None
        of_two = functools.partial(sparse_functions.of_two, self._combine)
        return functools.reduce(of_two, inputs)


@register("Add")
class Add(_Elementwise):
    """Sum of the inputs.

    Args:
        **base: arguments of `Layer`.

    Shapes:
        list of (batch, ...) that broadcast to each other -> (batch, ...).
    """

    _combine = staticmethod(jnp.add)


@register("Subtract")
class Subtract(_Elementwise):
    """The first input minus the second.

    Args:
        **base: arguments of `Layer`.
    """

    exactly = 2
    _example = "Subtract()([x, y])"
    _combine = staticmethod(jnp.subtract)


@register("Average")
class Average(_Elementwise):
    """Elementwise mean of the inputs.

    Args:
        **base: arguments of `Layer`.
    """

    _example = "Average()([x, y])"
    _combine = staticmethod(jnp.add)

    def _merged(self, inputs):
        return super()._merged(inputs) / len(inputs)

    def _merged_sparse(self, inputs):
        total = super()._merged_sparse(inputs)
        return None if total is None else total / len(inputs)


@register("Multiply")
class Multiply(_Elementwise):
    """Elementwise product of the inputs; a masked step counts as 1.

    Args:
        **base: arguments of `Layer`.
    """

    _example = "Multiply()([x, y])"
    _combine = staticmethod(jnp.multiply)

    def call(
        self,
        inputs: Sequence[jax.Array],
        mask: Sequence[jax.Array | None] | None = None,
    ) -> jax.Array:
        """The product; 0 where all inputs are masked."""
        masks = _broadcast_masks(inputs, mask)
        ones = [
            x if m is None else jnp.where(m, x, jnp.ones((), x.dtype))
            for x, m in zip(inputs, masks, strict=True)
        ]
        y = super().call(ones)
        if any(m is None for m in masks):
            return y
        return jnp.where(functools.reduce(jnp.logical_or, masks), y, 0)


class _Extreme(_Elementwise):
    """Base class of Maximum and Minimum; masked steps of an input are ignored."""

    def call(
        self,
        inputs: Sequence[jax.Array],
        mask: Sequence[jax.Array | None] | None = None,
    ) -> jax.Array:
        """The merged tensor, of the shape that the inputs broadcast to."""
        masks = _broadcast_masks(inputs, mask)
        y_mask: Any
        y, y_mask = inputs[0], masks[0]
        for x, x_mask in zip(inputs[1:], masks[1:], strict=True):
            x = x if x_mask is None else jnp.where(x_mask, x, y)
            y = y if y_mask is None else jnp.where(y_mask, y, x)
            y_mask = None if y_mask is None or x_mask is None else y_mask | x_mask
            y = super().call([y, x])
        return y


@register("Maximum")
class Maximum(_Extreme):
    """Elementwise maximum of the inputs.

    Args:
        **base: arguments of `Layer`.
    """

    _example = "Maximum()([x, y])"
    _combine = staticmethod(jnp.maximum)


@register("Minimum")
class Minimum(_Extreme):
    """Elementwise minimum of the inputs.

    Args:
        **base: arguments of `Layer`.
    """

    _example = "Minimum()([x, y])"
    _combine = staticmethod(jnp.minimum)


def _broadcast_masks(inputs: Any, masks: Any) -> list[Any]:
    """Masks broadcast to the shapes of their inputs; None for inputs without a mask."""
    masks = masks if isinstance(masks, list | tuple) else [None] * len(inputs)
    return [
        m if m is None else jnp.broadcast_to(m[..., None], x.shape)
        for x, m in zip(inputs, masks, strict=True)
    ]


def _function(cls: type[Any]) -> Callable[..., Any]:
    """The function form of a merging layer: `add([x, y])` is `Add()([x, y])`."""

    def merge(inputs: Sequence[Any], *args: Any, **settings: Any) -> Any:
        return cls(*args, **settings)(inputs)

    merge.__name__ = merge.__qualname__ = cls.__name__.lower()
    merge.__doc__ = f"`{cls.__name__}(...)(inputs)`: {str(cls.__doc__).splitlines()[0]}"
    return merge


add = _function(Add)
subtract = _function(Subtract)
multiply = _function(Multiply)
average = _function(Average)
maximum = _function(Maximum)
minimum = _function(Minimum)
concatenate = _function(Concatenate)


def dot(inputs: Sequence[Any], axes: int | Sequence[int] = -1, **settings: Any) -> Any:
    """`Dot(axes, ...)(inputs)`: dot product of two tensors over one axis."""
    return Dot(axes, **settings)(inputs)


_MODES: dict[str, tuple[type[Any], str]] = {
    "sum": (Add, "add"),
    "mul": (Multiply, "multiply"),
    "ave": (Average, "average"),
    "max": (Maximum, "maximum"),
    "min": (Minimum, "minimum"),
    "concat": (Concatenate, "concatenate"),
    "dot": (Dot, "dot"),
    "cos": (Dot, "dot"),
}


def merging_layer(
    owner: str,
    mode: str | Callable[..., Any],
    concat_axis: int = -1,
    dot_axes: int | Sequence[int] = -1,
    name: str | None = None,
    mask: Any = None,
    arguments: Mapping[str, Any] | None = None,
) -> Layer:
    """The layer that merges in a mode of Keras 1.

    Args:
        owner: the function that was called, for errors.
        mode, concat_axis, dot_axes, name: as in `merge`.
        mask: mask of the output of a function, or a function that returns it.
        arguments: {name: value} of further arguments of the function.

    Raises:
        ValueError: `mode` is unknown.
    """
    if callable(mode):
        return Lambda(mode, mask=mask, arguments=arguments, name=name)
    cls, _ = _MODES[check.choice(owner, "mode", mode, tuple(_MODES))]
    settings: dict[str, Any] = {"name": name}
    if cls is Concatenate:
        settings["axis"] = concat_axis
    elif cls is Dot:
        settings.update(axes=dot_axes, normalize=mode == "cos")
    return cls(**settings)


def merge(
    inputs: Sequence[Any],
    mode: Literal["sum", "mul", "ave", "max", "min", "concat", "dot", "cos"]
    | Callable[..., Any] = "sum",
    concat_axis: int = -1,
    dot_axes: int | Sequence[int] = -1,
    output_shape: Any = None,
    output_mask: Any = None,
    arguments: Mapping[str, Any] | None = None,
    name: str | None = None,
) -> Any:
    """The merge function of Keras 1; warns once and names the replacement.

    Args:
        inputs: a list of tensors.
        mode: "sum", "mul", "ave", "max", "min", "concat", "dot", "cos", or a function
            of the list of tensors.
        concat_axis: axis for "concat".
        dot_axes: axes for "dot" and "cos".
        output_shape: accepted as in Keras 1; shapes are inferred.
        output_mask: mask of the output of a function, or a function that returns it.
        arguments: {name: value} of further arguments of the function.
        name: name of the layer.

    Raises:
        ValueError: `mode` is unknown.
    """
    layer = merging_layer(
        "merge", mode, concat_axis, dot_axes, name, output_mask, arguments
    )
    shown = getattr(mode, "__name__", "function") if callable(mode) else repr(mode)
    new = "Lambda(function)([a, b])" if callable(mode) else f"{_MODES[mode][1]}(...)"
    notices.once(
        ("merge", shown), f"merge(..., mode={shown}) is deprecated; write {new}."
    )
    return layer(inputs)


FUNCTIONS = {
    function.__name__: function
    for function in (
        add,
        subtract,
        multiply,
        average,
        maximum,
        minimum,
        concatenate,
        dot,
        merge,
    )
}


class _Callable(types.ModuleType):
    """A module that can be called: `merge` is a function in Keras 1, a module in 2."""

    def __call__(self, *args: Any, **kwargs: Any):
        return merge(*args, **kwargs)


# Importing this module replaces the function of its name, so it must be callable.
sys.modules[__name__].__class__ = _Callable
