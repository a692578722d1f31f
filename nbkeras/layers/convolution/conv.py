"""Conv1D, Conv2D, Conv3D, and the base class of all convolution layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, Unpack

import jax

from nbkeras.core import check, notices, settings
from nbkeras.core.annotations import DataFormat, Identifier, Shape, Sizes
from nbkeras.core.errors.structured_errors import ArgumentMistake
from nbkeras.layers.convolution.sliding_window import (
    channel_axis,
    check_fit,
    checked_padding,
)
from nbkeras.layers.engine.errors import call_of, mistake
from nbkeras.layers.engine.input_spec import InputSpec
from nbkeras.layers.engine.layer import ArgumentsOfRegularized, Layer, LayerArguments
from nbkeras.layers.engine.registry import register
from nbkeras.ops import activations, constraints, initializers, regularizers
from nbkeras.ops.kernels import convolution
from nbkeras.ops.kernels.channels import add_to_channels


class BaseConv(Layer):
    """Base class: a kernel sliding over `rank` spatial axes, bias and activation.

    Arguments as in `PlainConv`.

    Raises:
        ValueError: a size is not a positive integer, or `padding` is unknown.
    """

    rank = 2
    known_paddings = ("valid", "same")
    rows_independent = row_by_row = True

    def __init__(
        self,
        kernel_size: Sizes,
        strides: Sizes = 1,
        padding: Literal["valid", "same", "causal"] = "valid",
        data_format: DataFormat | None = None,
        dilation_rate: Sizes = 1,
        activation: Identifier | None = None,
        use_bias: bool = True,
        bias_initializer: Identifier = "zeros",
        bias_regularizer: Identifier | None = None,
        bias_constraint: Identifier | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        owner, rank = type(self).__name__, self.rank
        self.kernel_size = check.ints(owner, "kernel_size", kernel_size, rank, 1, 3)
        self.strides = check.ints(owner, "strides", strides, rank)
        self.dilation_rate = check.ints(owner, "dilation_rate", dilation_rate, rank)
        self.padding = checked_padding(owner, padding, self.known_paddings)
        self.data_format = settings.data_format(owner, data_format)
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self._set_functions("bias", bias_initializer, bias_regularizer, bias_constraint)
        self.input_spec = InputSpec(ndim=rank + 2)

    def _set_functions(self, role, initializer, regularizer, constraint):
        """Store initializer, regularizer and constraint of the weight `role`."""
        vars(self)[f"{role}_initializer"] = initializers.get(initializer)
        vars(self)[f"{role}_regularizer"] = regularizers.get(regularizer)
        vars(self)[f"{role}_constraint"] = constraints.get(constraint)

    def _declare(self, name, shape, role):
        return self.add_weight(
            name,
            shape,
            self.__dict__[f"{role}_initializer"],
            regularizer=self.__dict__[f"{role}_regularizer"],
            constraint=self.__dict__[f"{role}_constraint"],
        )

    def _declare_bias(self, filters, channels):
        """Declare the bias, and set the input spec to the number of channels."""
        self.bias = self._declare("bias", (filters,), "bias") if self.use_bias else None
        axis = channel_axis(self.data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: channels})

    def _channels(self, input_shape):
        channels = input_shape[channel_axis(self.data_format)]
        if channels is None:
            raise mistake(
                self,
                input_shape,
                "a known number of channels",
                "it in Input, for example Input(shape=(28, 28, 1))",
            )
        return channels

    def _check_fit(self, shape):
        reach = convolution.spans(self.kernel_size, self.dilation_rate)
        check_fit(self, shape, "kernel_size", reach)

    def _refuse_strides_with_dilation(self):
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            owner = type(self).__name__
            raise ValueError(
                f"{owner}(strides={self.strides}, dilation_rate={self.dilation_rate}): "
                "only one of them may be greater than 1. Write strides=1 or "
                "dilation_rate=1."
            )

    def _add_bias_and_activate(self, z):
        """Add the bias and apply the activation."""
        if self.bias is not None:
            bias = self.bias.astype(z.dtype)
            if self.data_format == "channels_first":
                z = z + bias.reshape(-1, *(1,) * self.rank)
            else:
                z = add_to_channels(z, bias)
        return self.activate(z)


class PlainConv(BaseConv):
    """Base class of Conv1D, Conv2D and Conv3D.

    Args:
        filters: number of output channels.
        kernel_size: size of the window, an integer or one per spatial axis.
        strides: steps of the window, an integer or one per spatial axis.
        padding: "valid" (none) or "same" (output size / stride, rounded up); for Conv1D
            also "causal" (no output depends on a later input).
        data_format: "channels_last" or "channels_first"; None for the global setting.
        dilation_rate: spacing of the kernel's elements, an integer or one per spatial
            axis.
        groups: number of groups into which channels and filters are split; each group
            is convolved separately.
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
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Sizes,
        strides: Sizes = 1,
        padding: Literal["valid", "same", "causal"] = "valid",
        data_format: DataFormat | None = None,
        dilation_rate: Sizes = 1,
        groups: int = 1,
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
        owner = type(self).__name__
        self.filters = check.positive_int(owner, "filters", filters)
        self.groups = check.positive_int(owner, "groups", groups, example=1)
        self._set_functions(
            "kernel", kernel_initializer, kernel_regularizer, kernel_constraint
        )
        self._refuse_strides_with_dilation()
        if self.filters % self.groups:
            more = -(-self.filters // self.groups) * self.groups
            raise ArgumentMistake(
                owner,
                owner,
                f"{owner}(filters={filters}, groups={groups})",
                "groups must divide filters evenly",
                f"{owner}(filters={more}, groups={groups})",
            )

    def build(self, input_shape: Shape) -> None:
        """Declare the kernel (*kernel_size, channels // groups, filters) and bias."""
        channels = self._channels(input_shape)
        if channels % self.groups:
            common_divisor = math.gcd(channels, self.filters)
            options = [
                n for n in range(1, common_divisor + 1) if common_divisor % n == 0
            ]
            raise mistake(
                self,
                input_shape,
                f"a number of channels divisible by groups={self.groups}, not "
                f"{channels}",
                call_of(self, groups=options[-1]),
                f"groups={' or '.join(map(str, options))}",
            )
        self._check_fit(input_shape)
        shape = (*self.kernel_size, channels // self.groups, self.filters)
        self.kernel = self._declare("kernel", shape, "kernel")
        self._declare_bias(self.filters, channels)

    def call(self, x: jax.Array, pool: Any = None) -> jax.Array:
        """The convolution, then the layer `pool` if passed, bias and activation."""
        self._check_fit(x.shape)
        z = convolution.conv(
            x,
            self.kernel,
            self.strides,
            self.padding,
            self.data_format,
            self.dilation_rate,
        )
        return self._add_bias_and_activate(z if pool is None else pool(z))


@register("Conv1D", "Convolution1D")
class Conv1D(PlainConv):
    """1D convolution over sequences. Arguments as in `PlainConv`.

    Shapes:
        x (batch, steps, channels) -> y (batch, new steps, filters).
        kernel (size, channels // groups, filters), bias (filters,).

    >>> Conv1D(8, 3, padding="causal")(jnp.ones((2, 10, 4))).shape
    (2, 10, 8)
    """

    rank = 1
    known_paddings = ("valid", "same", "causal")


@register("Conv2D", "Convolution2D")
class Conv2D(PlainConv):
    """2D convolution over images. Arguments as in `PlainConv`.

    Shapes:
        x (batch, height, width, channels) -> y (batch, new height, new width, filters).
        kernel (height, width, channels // groups, filters), bias (filters,).

    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), chapter 9.

    >>> Conv2D(32, (3, 3), activation="relu")(jnp.ones((2, 28, 28, 1))).shape
    (2, 26, 26, 32)
    """

    rank = 2


@register("Conv3D", "Convolution3D")
class Conv3D(PlainConv):
    """3D convolution over volumes or videos. Arguments as in `PlainConv`.

    Shapes:
        x (batch, depth, height, width, channels) -> y (batch, ..., filters).
        kernel (depth, height, width, channels // groups, filters), bias (filters,).
    """

    rank = 3


Convolution1D, Convolution3D = Conv1D, Conv3D


def gives_sides(args: Sequence[Any]) -> bool:
    """Whether a layer is called as `(filters, rows, columns)`, as in Keras 1."""
    return len(args) > 2 and check.is_int(args[1]) and check.is_int(args[2])


def with_kernel_size(args: Any, kwargs: dict[str, Any]) -> tuple[Any, tuple[Any, ...]]:
    """Put the sides of a kernel of Keras 1 into `kwargs` as its `kernel_size`.

    Returns:
        The arguments without the sides; and the sides, () if there are none.
    """
    sides = tuple(kwargs.pop(n) for n in ("nb_row", "nb_col") if n in kwargs)
    if gives_sides(args):
        sides, args = tuple(args[1:3]), (args[0], *args[3:])
    if len(sides) != 2:
        return args, ()
    kwargs["kernel_size"] = sides
    return args, sides


class _CreatesConv2D(type(Conv2D)):
    """Metaclass by which `Convolution2D(...)` returns a Conv2D, an instance of both."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        args, sides = with_kernel_size(args, kwargs)
        if sides:
            notices.once(
                "Convolution2D",
                "Convolution2D(filters, rows, columns) is the old spelling; write "
                f"Conv2D(filters, {sides}).",
            )
        return Conv2D(*args, **kwargs)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Conv2D)


class Convolution2D(Conv2D, metaclass=_CreatesConv2D):
    """Conv2D under its name in Keras 1, with the kernel's sides as two arguments.

    `Convolution2D(32, 3, 5)` is `Conv2D(32, (3, 5))`; a notice says so once.

    >>> type(Convolution2D(32, (3, 5)))
    <class 'nbkeras.layers.convolution.conv.Conv2D'>
    """
