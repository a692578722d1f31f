"""Activations as layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import jax
import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.core.annotations import Identifier, Shape
from nbkeras.core.names.display_name import quoted
from nbkeras.layers.engine.errors import of_axis
from nbkeras.layers.engine.input_spec import InputSpec
from nbkeras.layers.engine.layer import Layer, LayerArguments
from nbkeras.layers.engine.registry import register
from nbkeras.ops import activations, constraints, initializers, regularizers

# Stands for minus infinity under a mask; the largest float16 is 65504.
FAR_BELOW = {"float16": -3e4}


class _Elementwise(Layer):
    rows_independent = row_by_row = True
    supports_masking = True


@register("Activation")
class Activation(_Elementwise):
    """Apply an activation: `Activation("relu")`.

    Args:
        activation: name or function.
        **base: arguments of `Layer`.
    """

    def __init__(
        self, activation: Identifier | None, **base: Unpack[LayerArguments]
    ) -> None:
        super().__init__(**base)
        self.activation = activations.get(activation)

    def call(self, x: jax.Array) -> jax.Array:
        """The activation of `x`."""
        return self.activate(x)


@register("ReLU")
class ReLU(_Elementwise):
    """Rectified linear unit: see `activations.relu`.

    Args:
        max_value: maximum of the output; None for no limit.
        negative_slope: slope below the threshold, at least 0.
        threshold: value below which the input is cut off, at least 0.
        **base: arguments of `Layer`.

    Raises:
        ValueError: an argument is negative.
    """

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        if max_value is not None:
            check.number("ReLU", "max_value", max_value, 0, example=6.0)
        check.number("ReLU", "negative_slope", negative_slope, 0, example=0.1)
        check.number("ReLU", "threshold", threshold, 0, example=0.0)
        self.max_value = max_value
        self.negative_slope = negative_slope
        self.threshold = threshold

    def call(self, x: jax.Array) -> jax.Array:
        """The rectified `x`."""
        return activations.relu(x, self.negative_slope, self.max_value, self.threshold)


@register("LeakyReLU")
class LeakyReLU(_Elementwise):
    """Leaky ReLU: `x` above zero, `negative_slope * x` below.

    Args:
        negative_slope: slope below zero, at least 0. The default is 0.3; that of the
            function `leaky_relu` is 0.2.
        **base: arguments of `Layer`.

    Raises:
        ValueError: `negative_slope` is negative.

    Source: Maas, Hannun, Ng, ICML (2013).
    """

    def __init__(
        self, negative_slope: float = 0.3, **base: Unpack[LayerArguments]
    ) -> None:
        super().__init__(**base)
        check.number("LeakyReLU", "negative_slope", negative_slope, 0, example=0.3)
        self.negative_slope = negative_slope

    def call(self, x: jax.Array) -> jax.Array:
        """The leaky ReLU of `x`."""
        return activations.leaky_relu(x, self.negative_slope)


@register("PReLU")
class PReLU(_Elementwise):
    """Parametric ReLU: `x` above zero, `alpha * x` below, with learned alpha.

    Args:
        alpha_initializer: initializer of alpha.
        alpha_regularizer: penalty on alpha.
        alpha_constraint: constraint on alpha, applied after each step.
        shared_axes: axes (1, 2, ...) along which alpha is shared; (1, 2) for one alpha
            per channel of images.
        **base: arguments of `Layer`.

    Raises:
        ValueError: an axis that is not shared has no known size.

    Source: He et al., "Delving deep into rectifiers", ICCV (2015).
    """

    def __init__(
        self,
        alpha_initializer: Identifier = "zeros",
        alpha_regularizer: Identifier | None = None,
        alpha_constraint: Identifier | None = None,
        shared_axes: int | Sequence[int] | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        if shared_axes is not None and check.is_int(shared_axes):
            shared_axes = [shared_axes]
        self.shared_axes = None if shared_axes is None else list(shared_axes)

    def build(self, input_shape: Shape) -> None:
        """Declare alpha, one value per position on the axes that are not shared."""
        shared = {axis % len(input_shape) for axis in self.shared_axes or ()}
        shape = [1 if i in shared else n for i, n in enumerate(input_shape)][1:]
        if None in shape:
            raise ValueError(
                f"PReLU {quoted(self.name)} needs the size of each axis that is not "
                f"shared, but the input shape is {tuple(input_shape)}. Write for "
                "example PReLU(shared_axes=[1, 2])."
            )
        self.alpha = self.add_weight(
            "alpha",
            tuple(shape),
            self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )
        fixed = {i: n for i, n in enumerate(input_shape) if i and i not in shared}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=fixed)

    def call(self, x: jax.Array) -> jax.Array:
        """The ReLU with learned slopes."""
        return activations.relu(x) - self.alpha * activations.relu(-x)


@register("ELU")
class ELU(_Elementwise):
    """Exponential linear unit: `x` above zero, `alpha * (exp(x) - 1)` below.

    Args:
        alpha: minus the limit for very negative inputs.
        **base: arguments of `Layer`.

    Source: Clevert, Unterthiner, Hochreiter, ICLR (2016).
    """

    def __init__(self, alpha: float = 1.0, **base: Unpack[LayerArguments]) -> None:
        super().__init__(**base)
        self.alpha = check.number("ELU", "alpha", alpha, example=1.0)

    def call(self, x: jax.Array) -> jax.Array:
        """The exponential linear unit of `x`."""
        return activations.elu(x, self.alpha)


@register("Softmax")
class Softmax(_Elementwise):
    """Softmax: positive values that sum to 1 along `axis`, except masked positions.

    Args:
        axis: one axis, or several as a list.
        **base: arguments of `Layer`.

    Source: Bridle, "Probabilistic interpretation of feedforward networks" (1990).
    """

    def __init__(
        self, axis: int | Sequence[int] = -1, **base: Unpack[LayerArguments]
    ) -> None:
        super().__init__(**base)
        self.axis: Any = list(axis) if isinstance(axis, list | tuple) else axis
        self.activation = activations.softmax
        if 0 in (self.axis if isinstance(axis, list | tuple) else [axis]):
            self.rows_independent = self.row_by_row = False

    def call(self, x: jax.Array, mask: jax.Array | None = None) -> jax.Array:
        """The softmax; 0 where `mask` is False."""
        axes = self.axis if isinstance(self.axis, list) else [self.axis]
        if not all(-x.ndim <= axis < x.ndim for axis in axes):
            raise of_axis(self, x.shape, self.axis)
        if mask is None:
            return self.activate(x) if self.axis in (-1, [-1]) else self._softmax(x)
        mask = self._checked_mask(mask, x.shape)
        x = jnp.where(mask, x, FAR_BELOW.get(str(x.dtype), -1e9))
        return jnp.where(mask, self._softmax(x), 0.0)

    def _checked_mask(self, mask: Any, shape: tuple[int, ...]) -> jax.Array:
        """`mask` as booleans; raises if it does not broadcast to `shape`."""
        mask = jnp.asarray(mask)
        trailing_shape = shape[len(shape) - mask.ndim :]
        sizes_fit = all(
            m in (1, n) for m, n in zip(mask.shape, trailing_shape, strict=False)
        )
        if mask.ndim > len(shape) or not sizes_fit:
            raise ValueError(
                f"Softmax got a mask of shape {mask.shape} for an input of shape "
                f"{shape}: a mask must have the shape of the input, or broadcast to "
                f"it. Write for example mask=jnp.ones({shape}, bool)."
            )
        return mask if mask.dtype == bool else mask > 0.5

    def _softmax(self, x):
        if isinstance(self.axis, list):
            total = jax.nn.logsumexp(x, axis=tuple(self.axis), keepdims=True)
            return jnp.exp(x - total)
        return activations.softmax(x, self.axis)
