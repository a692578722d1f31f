"""Transposed convolutions for upsampling."""

from __future__ import annotations

from typing import Unpack

import jax

from nbkeras.core import check
from nbkeras.core.annotations import DataFormat, Identifier, Padding, Shape, Sizes
from nbkeras.layers.convolution.conv import BaseConv
from nbkeras.layers.engine.layer import ArgumentsOfRegularized, LayerArguments
from nbkeras.layers.engine.registry import register
from nbkeras.ops.kernels import convolution


class ConvTranspose(BaseConv):
    """Base class of Conv1DTranspose, Conv2DTranspose and Conv3DTranspose.

    The gradient of a convolution, used as a layer: each input value adds a scaled copy
    of the kernel to the output, `strides` apart, and overlapping copies are summed.

    Args:
        filters: number of output channels.
        kernel_size: size of the window, an integer or one per spatial axis.
        strides: upsampling factor, an integer or one per spatial axis.
        padding: "valid" (the full output) or "same" (input size x stride).
        output_padding: size to add at the end, less than the stride; None for the size
            that follows from `padding`.
        data_format: "channels_last" or "channels_first"; None for the global setting.
        dilation_rate: spacing of the kernel's elements, an integer or one per spatial
            axis.
        activation: name or function; None for no activation.
        use_bias: whether to add a bias.
        kernel_initializer: initializer of the kernel.
        bias_initializer: initializer of the bias.
        kernel_regularizer: penalty on the kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: constraint on the kernel, applied after each step.
        bias_constraint: constraint on the bias, applied after each step.
        **base: arguments of `Layer`.

    Raises:
        ValueError: a size is not positive, or `output_padding` is not below `strides`.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Sizes,
        strides: Sizes = 1,
        padding: Padding = "valid",
        output_padding: Sizes | None = None,
        data_format: DataFormat | None = None,
        dilation_rate: Sizes = 1,
        activation: Identifier | None = None,
        use_bias: bool = True,
        kernel_initializer: Identifier = "glorot_uniform",
        bias_initializer: Identifier = "zeros",
        kernel_regularizer: Identifier | None = None,
        bias_regularizer: Identifier | None = None,
        activity_regularizer: Identifier | None = None,
        kernel_constraint: Identifier | None = None,
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
        self.filters = check.positive_int(type(self).__name__, "filters", filters)
        self.output_padding = self._checked_output_padding(output_padding)
        self._set_functions(
            "kernel", kernel_initializer, kernel_regularizer, kernel_constraint
        )
        self._refuse_strides_with_dilation()

    def _checked_output_padding(self, output_padding):
        if output_padding is None:
            return None
        owner = type(self).__name__
        output_padding = check.ints(
            owner, "output_padding", output_padding, self.rank, 0, example=1
        )
        if any(more >= s for more, s in zip(output_padding, self.strides, strict=True)):
            raise ValueError(
                f"{owner}(output_padding={output_padding}, strides={self.strides}): "
                "output_padding must be smaller than strides. Write for example "
                f"output_padding={tuple(s - 1 for s in self.strides)}."
            )
        return output_padding

    def build(self, input_shape: Shape) -> None:
        """Declare the kernel (*kernel_size, filters, channels) and the bias."""
        channels = self._channels(input_shape)
        shape = (*self.kernel_size, self.filters, channels)
        self.kernel = self._declare("kernel", shape, "kernel")
        self._declare_bias(self.filters, channels)

    def call(self, x: jax.Array) -> jax.Array:
        """The transposed convolution, bias and activation."""
        z = convolution.conv_transpose(
            x,
            self.kernel,
            self.strides,
            self.padding,
            self.output_padding,
            self.data_format,
            self.dilation_rate,
        )
        return self._add_bias_and_activate(z)


@register("Conv1DTranspose", "Convolution1DTranspose")
class Conv1DTranspose(ConvTranspose):
    """Transposed 1D convolution over sequences. Arguments as in `ConvTranspose`.

    Shapes:
        x (batch, steps, channels) -> y (batch, more steps, filters).
        kernel (size, filters, channels), bias (filters,).

    >>> Conv1DTranspose(8, 3, strides=2, padding="same")(jnp.ones((2, 5, 4))).shape
    (2, 10, 8)
    """

    rank = 1


@register("Conv2DTranspose", "Convolution2DTranspose")
class Conv2DTranspose(ConvTranspose):
    """Transposed 2D convolution over images. Arguments as in `ConvTranspose`.

    Shapes:
        x (batch, height, width, channels) -> y (batch, larger, larger, filters).
        kernel (height, width, filters, channels), bias (filters,).

    Source: Zeiler et al., "Deconvolutional networks", CVPR (2010).

    >>> Conv2DTranspose(8, 3, strides=2, padding="same")(jnp.ones((2, 7, 7, 4))).shape
    (2, 14, 14, 8)
    """

    rank = 2


@register("Conv3DTranspose", "Convolution3DTranspose")
class Conv3DTranspose(ConvTranspose):
    """Transposed 3D convolution; `data_format` comes before `output_padding`.

    Shapes:
        x (batch, depth, height, width, channels) -> y (batch, ..., filters).
        kernel (depth, height, width, filters, channels), bias (filters,).
    """

    rank = 3

    def __init__(
        self,
        filters: int,
        kernel_size: Sizes,
        strides: Sizes = 1,
        padding: Padding = "valid",
        data_format: DataFormat | None = None,
        output_padding: Sizes | None = None,
        dilation_rate: Sizes = 1,
        activation: Identifier | None = None,
        use_bias: bool = True,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            output_padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            **base,
        )


Convolution1DTranspose, Convolution2DTranspose = Conv1DTranspose, Conv2DTranspose
Convolution3DTranspose = Conv3DTranspose
