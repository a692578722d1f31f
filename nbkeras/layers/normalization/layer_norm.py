"""Normalisation within each sample: layer, group, RMS and unit normalisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import jax
import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.core.annotations import Identifier, Shape
from nbkeras.core.errors import structured_errors
from nbkeras.layers.engine.errors import call_of, mistake, of_axis
from nbkeras.layers.engine.input_spec import InputSpec
from nbkeras.layers.engine.layer import Layer, LayerArguments
from nbkeras.layers.engine.registry import register
from nbkeras.layers.normalization.batch_norm import (
    add_scale_and_shift,
    channels,
    checked_axis,
)
from nbkeras.ops import constraints, initializers, regularizers, statistics


class _RowNorm(Layer):
    """Base class of the layers with gamma and beta."""

    rows_independent = True
    supports_masking = True

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Identifier = "zeros",
        gamma_initializer: Identifier = "ones",
        beta_regularizer: Identifier | None = None,
        gamma_regularizer: Identifier | None = None,
        beta_constraint: Identifier | None = None,
        gamma_constraint: Identifier | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        self.axis: Any = axis
        owner = type(self).__name__
        self.epsilon = check.number(owner, "epsilon", epsilon, 0, example=1e-3)
        self.center, self.scale = center, scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.gamma = self.beta = None
        self.autocast = False


@register("LayerNormalization")
class LayerNormalization(_RowNorm):
    """Normalise each sample to mean 0 and variance 1 along `axis`, scale and shift.

    Args:
        axis: one axis, or several as a list.
        epsilon: added to the variance.
        center: whether to add beta.
        scale: whether to multiply by gamma.
        beta_initializer: initializer of beta.
        gamma_initializer: initializer of gamma.
        beta_regularizer: penalty on beta.
        gamma_regularizer: penalty on gamma.
        beta_constraint: constraint on beta, applied after each step.
        gamma_constraint: constraint on gamma, applied after each step.
        rms_scaling: scale by the standard deviation only, without mean and beta; prefer
            RMSNormalization.
        **base: arguments of `Layer`.

    Shapes:
        gamma, beta: the sizes of `axis`.

    Source: Ba, Kiros, Hinton, "Layer normalization", arXiv:1607.06450 (2016).
    """

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Identifier = "zeros",
        gamma_initializer: Identifier = "ones",
        beta_regularizer: Identifier | None = None,
        gamma_regularizer: Identifier | None = None,
        beta_constraint: Identifier | None = None,
        gamma_constraint: Identifier | None = None,
        rms_scaling: bool = False,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(
            axis=_checked_axes("LayerNormalization", axis),
            epsilon=epsilon,
            center=center,
            scale=scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
            **base,
        )
        self.rms_scaling = bool(rms_scaling)

    def build(self, input_shape: Shape) -> None:
        """Declare gamma and beta for the sizes of `axis`."""
        axes = _sorted(self, input_shape)
        self.rows_independent = 0 not in axes
        shape = ()
        if self.scale or self.center:
            shape = tuple(channels(self, input_shape, axis) for axis in axes)
        add_scale_and_shift(self, shape, center=not self.rms_scaling)

    def call(self, x: jax.Array) -> jax.Array:
        """The normalised `x`."""
        axes = _sorted(self, x.shape)
        wide = statistics.at_least_float32(x)
        if axes == [x.ndim - 1] and not self.rms_scaling:
            y = statistics.normalise_rows(wide, self.gamma, self.beta, self.epsilon)
            return y.astype(self.compute_dtype)
        gamma, beta = (
            None if v is None else statistics.along(v, axes, x.ndim)
            for v in (self.gamma, self.beta)
        )
        mean, variance = statistics.moments(wide, tuple(axes))
        if self.rms_scaling:
            mean = jnp.zeros_like(mean)
        y = statistics.normalise(wide, mean, variance, gamma, beta, self.epsilon)
        return y.astype(self.compute_dtype)


@register("GroupNormalization")
class GroupNormalization(_RowNorm):
    """Normalise each group of channels of a sample to mean 0 and variance 1.

    Args:
        groups: number of groups, a divisor of the channels; -1 for one per channel
            (instance normalisation).
        axis: the channel axis.
        epsilon: added to the variance.
        center: whether to add beta.
        scale: whether to multiply by gamma.
        beta_initializer: initializer of beta.
        gamma_initializer: initializer of gamma.
        beta_regularizer: penalty on beta.
        gamma_regularizer: penalty on gamma.
        beta_constraint: constraint on beta, applied after each step.
        gamma_constraint: constraint on gamma, applied after each step.
        **base: arguments of `Layer`.

    Raises:
        ValueError: `groups` does not divide the channels.

    Source: Wu and He, "Group normalization", ECCV (2018).
    """

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
        epsilon: float = 1e-3,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(checked_axis("GroupNormalization", axis), epsilon, **base)
        if groups != -1:
            groups = check.positive_int("GroupNormalization", "groups", groups)
        self.groups = groups

    def build(self, input_shape: Shape) -> None:
        """Declare gamma and beta, one for each channel."""
        size = channels(self, input_shape, self.axis)
        self.rows_independent = self.axis % len(input_shape) != 0
        groups = size if self.groups == -1 else self.groups
        if size % groups:
            divisors = [n for n in range(1, size + 1) if size % n == 0]
            raise mistake(
                self,
                input_shape,
                f"a number of channels divisible by groups={groups}, not {size}",
                call_of(self, groups=max(n for n in divisors if n <= groups)),
                f"one of {', '.join(map(str, divisors))} or -1",
            )
        add_scale_and_shift(self, (size,))
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: size})

    def call(self, x: jax.Array) -> jax.Array:
        """The normalised `x`."""
        channel = self.axis % x.ndim
        size = x.shape[channel]
        groups = size if self.groups == -1 else self.groups
        split_shape = (
            *x.shape[:channel],
            groups,
            size // groups,
            *x.shape[channel + 1 :],
        )
        wide = statistics.at_least_float32(x)
        axes = tuple(i for i in range(1, x.ndim + 1) if i != channel)
        mean, variance = statistics.moments(wide.reshape(split_shape), axes)
        gamma, beta = (
            None
            if v is None
            else statistics.along(
                v.reshape(groups, -1), [channel, channel + 1], x.ndim + 1
            )
            for v in (self.gamma, self.beta)
        )
        y = statistics.normalise(
            wide.reshape(split_shape), mean, variance, gamma, beta, self.epsilon
        )
        return y.reshape(x.shape).astype(self.compute_dtype)


@register("RMSNormalization")
class RMSNormalization(Layer):
    """Divide each sample by its root mean square along `axis`, then scale.

    Args:
        axis: one axis, or several as a list.
        epsilon: added to the mean square.
        **base: arguments of `Layer`.

    Source: Zhang and Sennrich, "Root mean square layer normalization" (2019).
    """

    rows_independent = True

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        epsilon: float = 1e-6,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        self.axis = _checked_axes("RMSNormalization", axis)
        self.epsilon = check.number(
            "RMSNormalization", "epsilon", epsilon, 0, example=1e-6
        )

    def build(self, input_shape: Shape) -> None:
        """Declare the scale for the sizes of `axis`."""
        axes = _sorted(self, input_shape)
        self.rows_independent = 0 not in axes
        shape = tuple(channels(self, input_shape, axis) for axis in axes)
        self.scale = self.add_weight("scale", shape, "ones")

    def call(self, x: jax.Array) -> jax.Array:
        """The scaled `x`."""
        axes = tuple(_sorted(self, x.shape))
        wide = statistics.at_least_float32(x)
        y = statistics.divide_by_root_mean_square(wide, axes, self.epsilon)
        return (y * statistics.along(self.scale, axes, x.ndim)).astype(x.dtype)


@register("UnitNormalization")
class UnitNormalization(Layer):
    """Scale each sample to L2 norm 1 along `axis`.

    Args:
        axis: one axis, or several as a list.
        **base: arguments of `Layer`.
    """

    rows_independent = True
    supports_masking = True

    def __init__(
        self, axis: int | Sequence[int] = -1, **base: Unpack[LayerArguments]
    ) -> None:
        super().__init__(**base)
        self.axis = _checked_axes("UnitNormalization", axis)

    def build(self, input_shape: Shape) -> None:
        """Check whether the batch axis is among the normalised axes."""
        self.rows_independent = 0 not in _sorted(self, input_shape)

    def call(self, x: jax.Array) -> jax.Array:
        """`x` divided by its L2 norm."""
        return statistics.to_unit_length(x, tuple(_sorted(self, x.shape)), 1e-12)


def _checked_axes(owner, axis):
    axes = axis if isinstance(axis, list | tuple) else [axis]
    if axes and all(check.is_int(number) for number in axes):
        return list(axis) if isinstance(axis, list | tuple) else int(axis)
    needed = "an integer or a list of integers"
    raise structured_errors.argument(owner, "axis", axis, needed, "-1")


def _sorted(layer, shape):
    """The axes of `layer` counted from 0, in order."""
    axis, ndim = layer.axis, len(shape)
    axes = axis if isinstance(axis, list) else [axis]
    if all(-ndim <= number < ndim for number in axes):
        return sorted(number % ndim for number in axes)
    raise of_axis(layer, shape, axis)
