"""Depthwise and separable convolutions."""

from __future__ import annotations

from typing import Unpack

import jax

from nbkeras.core import check
from nbkeras.core.annotations import DataFormat, Identifier, Padding, Shape, Sizes
from nbkeras.layers.convolution.conv import BaseConv
from nbkeras.layers.engine.layer import ArgumentsOfRegularized
from nbkeras.layers.engine.registry import register
from nbkeras.ops.kernels import convolution


class DepthwiseConv(BaseConv):
    """Base class of DepthwiseConv1D and DepthwiseConv2D.

    Args:
        kernel_size: size of the window, an integer or one per spatial axis.
        strides: steps of the window, an integer or one per spatial axis.
        padding: "valid" (none) or "same" (size / stride, rounded up).
        depth_multiplier: number of kernels, and output channels, per input channel.
        data_format: "channels_last" or "channels_first"; None for the global setting.
        dilation_rate: spacing of the kernel's elements, an integer or one per spatial
            axis.
        activation: name or function; None for no activation.
        use_bias: whether to add a bias.
        depthwise_initializer: initializer of the kernel.
        bias_initializer: initializer of the bias.
        depthwise_regularizer: penalty on the kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        depthwise_constraint: constraint on the kernel, applied after each step.
        bias_constraint: constraint on the bias, applied after each step.
        **base: arguments of `Layer`.
    """

    def __init__(
        self,
        kernel_size: Sizes,
        strides: Sizes = 1,
        padding: Padding = "valid",
        depth_multiplier: int = 1,
        data_format: DataFormat | None = None,
        dilation_rate: Sizes = 1,
        activation: Identifier | None = None,
        use_bias: bool = True,
        depthwise_initializer: Identifier = "glorot_uniform",
        bias_initializer: Identifier = "zeros",
        depthwise_regularizer: Identifier | None = None,
        bias_regularizer: Identifier | None = None,
        activity_regularizer: Identifier | None = None,
        depthwise_constraint: Identifier | None = None,
        bias_constraint: Identifier | None = None,
        **base: Unpack[ArgumentsOfRegularized],
    ) -> None:
        super().__init__(
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            bias_initializer,
            bias_regularizer,
            bias_constraint,
            activity_regularizer=activity_regularizer,
            **base,
        )
        self.depth_multiplier = check.positive_int(
            type(self).__name__, "depth_multiplier", depth_multiplier, example=1
        )
        self._set_functions(
            "depthwise",
            depthwise_initializer,
            depthwise_regularizer,
            depthwise_constraint,
        )

    def build(self, input_shape: Shape) -> None:
        """Declare the kernel (*kernel_size, channels, depth_multiplier) and bias."""
        channels = self._channels(input_shape)
        self._check_fit(input_shape)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.kernel = self._declare("kernel", shape, "depthwise")
        self._declare_bias(channels * self.depth_multiplier, channels)

    def call(self, x: jax.Array) -> jax.Array:
        """The depthwise convolution, bias and activation."""
        self._check_fit(x.shape)
        return self._add_bias_and_activate(_depthwise(self, x, self.kernel))


@register("DepthwiseConv1D")
class DepthwiseConv1D(DepthwiseConv):
    """Depthwise 1D convolution: a separate kernel per channel. See `DepthwiseConv`.

    Shapes:
        x (batch, steps, channels) -> y (batch, new steps, channels x multiplier).
        kernel (size, channels, multiplier), bias (channels x multiplier,).
    """

    rank = 1


@register("DepthwiseConv2D")
class DepthwiseConv2D(DepthwiseConv):
    """Depthwise 2D convolution: a separate kernel per channel. See `DepthwiseConv`.

    Shapes:
        x (batch, height, width, channels) -> y (batch, ..., channels x multiplier).
        kernel (height, width, channels, multiplier), bias (channels x multiplier,).

    Source: Howard et al., "MobileNets", arXiv:1704.04861 (2017).

    >>> DepthwiseConv2D(3, depth_multiplier=2)(jnp.ones((2, 8, 8, 3))).shape
    (2, 6, 6, 6)
    """

    rank = 2


class SeparableConv(BaseConv):
    """Base class of SeparableConv1D and SeparableConv2D.

    A depthwise convolution of each channel, then a 1 x 1 convolution that mixes
    channels.

    Args:
        filters: number of output channels.
        kernel_size: size of the window, an integer or one per spatial axis.
        strides: steps of the window, an integer or one per spatial axis.
        padding: "valid" (none) or "same" (size / stride, rounded up).
        data_format: "channels_last" or "channels_first"; None for the global setting.
        dilation_rate: spacing of the kernel's elements, an integer or one per spatial
            axis.
        depth_multiplier: number of depthwise kernels per input channel.
        activation: name or function; None for no activation.
        use_bias: whether to add a bias.
        depthwise_initializer: initializer of the depthwise kernel.
        pointwise_initializer: initializer of the pointwise kernel.
        bias_initializer: initializer of the bias.
        depthwise_regularizer: penalty on the depthwise kernel.
        pointwise_regularizer: penalty on the pointwise kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        depthwise_constraint: constraint on the depthwise kernel.
        pointwise_constraint: constraint on the pointwise kernel.
        bias_constraint: constraint on the bias, applied after each step.
        **base: arguments of `Layer`.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Sizes,
        strides: Sizes = 1,
        padding: Padding = "valid",
        data_format: DataFormat | None = None,
        dilation_rate: Sizes = 1,
        depth_multiplier: int = 1,
        activation: Identifier | None = None,
        use_bias: bool = True,
        depthwise_initializer: Identifier = "glorot_uniform",
        pointwise_initializer: Identifier = "glorot_uniform",
        bias_initializer: Identifier = "zeros",
        depthwise_regularizer: Identifier | None = None,
        pointwise_regularizer: Identifier | None = None,
        bias_regularizer: Identifier | None = None,
        activity_regularizer: Identifier | None = None,
        depthwise_constraint: Identifier | None = None,
        pointwise_constraint: Identifier | None = None,
        bias_constraint: Identifier | None = None,
        **base: Unpack[ArgumentsOfRegularized],
    ) -> None:
        super().__init__(
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            bias_initializer,
            bias_regularizer,
            bias_constraint,
            activity_regularizer=activity_regularizer,
            **base,
        )
        owner = type(self).__name__
        self.filters = check.positive_int(owner, "filters", filters)
        self.depth_multiplier = check.positive_int(
            owner, "depth_multiplier", depth_multiplier, example=1
        )
        self._set_functions(
            "depthwise",
            depthwise_initializer,
            depthwise_regularizer,
            depthwise_constraint,
        )
        self._set_functions(
            "pointwise",
            pointwise_initializer,
            pointwise_regularizer,
            pointwise_constraint,
        )

    def build(self, input_shape: Shape) -> None:
        """Declare both kernels and the bias."""
        channels = self._channels(input_shape)
        self._check_fit(input_shape)
        num_depthwise = channels * self.depth_multiplier
        self.depthwise_kernel = self._declare(
            "depthwise_kernel",
            (*self.kernel_size, channels, self.depth_multiplier),
            "depthwise",
        )
        self.pointwise_kernel = self._declare(
            "pointwise_kernel",
            (*(1,) * self.rank, num_depthwise, self.filters),
            "pointwise",
        )
        self._declare_bias(self.filters, channels)

    def call(self, x: jax.Array) -> jax.Array:
        """The depthwise and pointwise convolutions, bias and activation."""
        self._check_fit(x.shape)
        depthwise = _depthwise(self, x, self.depthwise_kernel)
        ones = (1,) * self.rank
        kernel = self.pointwise_kernel
        z = convolution.conv(depthwise, kernel, ones, "valid", self.data_format)
        return self._add_bias_and_activate(z)


@register("SeparableConv1D", "SeparableConvolution1D")
class SeparableConv1D(SeparableConv):
    """Separable 1D convolution: depthwise, then pointwise. See `SeparableConv`.

    Shapes:
        x (batch, steps, channels) -> y (batch, new steps, filters).
        depthwise_kernel (size, channels, multiplier),
        pointwise_kernel (1, channels x multiplier, filters), bias (filters,).
    """

    rank = 1


@register("SeparableConv2D", "SeparableConvolution2D")
class SeparableConv2D(SeparableConv):
    """Separable 2D convolution: depthwise, then pointwise. See `SeparableConv`.

    Shapes:
        x (batch, height, width, channels) -> y (batch, new height, new width, filters).
        depthwise_kernel (height, width, channels, multiplier),
        pointwise_kernel (1, 1, channels x multiplier, filters), bias (filters,).

    Source: Chollet, "Xception", CVPR (2017).

    >>> SeparableConv2D(8, 3)(jnp.ones((2, 8, 8, 3))).shape
    (2, 6, 6, 8)
    """

    rank = 2


SeparableConvolution1D, SeparableConvolution2D = SeparableConv1D, SeparableConv2D


def _depthwise(layer, x, kernel):
    return convolution.depthwise_conv(
        x,
        kernel,
        layer.strides,
        layer.padding,
        layer.data_format,
        layer.dilation_rate,
    )
