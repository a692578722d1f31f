"""LocallyConnected1D and 2D of Keras 1 and 2: convolutions without shared weights."""

from __future__ import annotations

import math
from typing import Any, Literal, Unpack

import jax

from nbkeras.core import check, notices
from nbkeras.core.annotations import Config, DataFormat, Identifier, Shape, Sizes
from nbkeras.layers.convolution.conv import BaseConv, gives_sides, with_kernel_size
from nbkeras.layers.engine.errors import mistake
from nbkeras.layers.engine.input_spec import InputSpec
from nbkeras.layers.engine.layer import ArgumentsOfRegularized
from nbkeras.layers.engine.registry import register
from nbkeras.ops.kernels import convolution


class LocallyConnected(BaseConv):
    """Base class of LocallyConnected1D and LocallyConnected2D.

    Args:
        filters: number of output channels.
        kernel_size: size of the window, an integer or one per spatial axis.
        strides: steps of the window, an integer or one per spatial axis.
        padding: "valid", as in Keras 2.
        data_format: "channels_last" or "channels_first"; None for the global setting.
        activation: name or function; None for no activation.
        use_bias: whether to add a bias.
        kernel_initializer: initializer of the kernel.
        bias_initializer: initializer of the bias.
        kernel_regularizer: penalty on the kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: constraint on the kernel, applied after each step.
        bias_constraint: constraint on the bias, applied after each step.
        implementation: accepted as in Keras 2; the weights are those of 1.
        **base: arguments of `Layer`.

    Raises:
        ValueError: a size is not a positive integer, or `padding` is not "valid".
    """

    known_paddings = ("valid",)
    groups = 1  # each filter sees all channels

    def __init__(
        self,
        filters: int,
        kernel_size: Sizes,
        strides: Sizes = 1,
        padding: Literal["valid"] = "valid",
        data_format: DataFormat | None = None,
        activation: Identifier | None = None,
        use_bias: bool = True,
        kernel_initializer: Identifier = "glorot_uniform",
        bias_initializer: Identifier = "zeros",
        kernel_regularizer: Identifier | None = None,
        bias_regularizer: Identifier | None = None,
        activity_regularizer: Identifier | None = None,
        kernel_constraint: Identifier | None = None,
        bias_constraint: Identifier | None = None,
        implementation: int = 1,
        **base: Unpack[ArgumentsOfRegularized],
    ) -> None:
        super().__init__(
            kernel_size,
            strides,
            padding,
            data_format,
            1,
            activation,
            use_bias,
            bias_initializer,
            bias_regularizer,
            bias_constraint,
            activity_regularizer=activity_regularizer,
            **base,
        )
        self.filters = check.positive_int(type(self).__name__, "filters", filters)
        self._set_functions(
            "kernel", kernel_initializer, kernel_regularizer, kernel_constraint
        )

    def build(self, input_shape: Shape) -> None:
        """Declare a kernel (places, window, filters), and a bias for each place."""
        channels = self._channels(input_shape)
        axes = convolution.spatial_axes(len(input_shape), self.data_format)
        if any(input_shape[axis] is None for axis in axes):
            raise mistake(
                self,
                input_shape,
                "known sizes, because each place has weights of its own",
                "them in Input, for example Input(shape=(28, 28, 1))",
            )
        self._check_fit(input_shape)
        known: Any = input_shape
        places = [
            (known[axis] - window) // stride + 1
            for axis, window, stride in zip(
                axes, self.kernel_size, self.strides, strict=True
            )
        ]
        shape = math.prod(places), math.prod(self.kernel_size) * channels, self.filters
        self.kernel = self._declare("kernel", shape, "kernel")
        self.bias = None
        if self.use_bias:
            self.bias = self._declare("bias", (*places, self.filters), "bias")
        sizes: dict[int, Any] = dict(enumerate(input_shape))
        del sizes[0]
        self.input_spec = InputSpec(ndim=self.rank + 2, axes=sizes)

    def call(self, x: jax.Array) -> jax.Array:
        """The activation of the sum of each window, weighted by the place's kernel."""
        y = convolution.local_conv(
            x, self.kernel, self.kernel_size, self.strides, self.data_format
        )
        if self.bias is not None:
            bias = self.bias.astype(y.dtype)
            last = self.data_format == "channels_last"
            y = y + (bias if last else jax.numpy.moveaxis(bias, -1, 0))
        return self.activate(y)

    def get_config(self) -> Config:
        """The constructor's arguments."""
        config = super().get_config()
        config.pop("dilation_rate", None)
        return config


@register("LocallyConnected1D")
class LocallyConnected1D(LocallyConnected):
    """1D convolution with a kernel for each place. Arguments as in `LocallyConnected`.

    Shapes:
        x (batch, steps, channels) -> y (batch, new steps, filters).
        kernel (new steps, size * channels, filters), bias (new steps, filters).

    Source: Keras 2; the idea is in LeCun, "Generalization and network design
        strategies" (1989).

    >>> LocallyConnected1D(8, 3)(jnp.ones((2, 10, 4))).shape
    (2, 8, 8)
    """

    rank = 1


# Arguments that tell a call of Keras 1 from one of Keras 2.
_OF_KERAS_1 = frozenset(
    "bias border_mode dim_ordering init subsample W_constraint W_regularizer "
    "b_constraint b_regularizer".split()
)


class _ReadsSides(type(LocallyConnected)):
    """Metaclass that reads `(filters, rows, columns)`, as Keras 1 wrote it."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if gives_sides(args) and _OF_KERAS_1.isdisjoint(kwargs):
            notices.once(
                "LocallyConnected2D strides",
                f"LocallyConnected2D({args[0]}, {args[1]}, {args[2]}) has a kernel "
                f"of {args[1]} and strides of {args[2]}, as in Keras 2. For rows "
                "and columns, as in Keras 1, write "
                f"LocallyConnected2D({args[0]}, ({args[1]}, {args[2]})).",
            )
        else:
            args, _ = with_kernel_size(args, kwargs)
        return super().__call__(*args, **kwargs)


@register("LocallyConnected2D")
class LocallyConnected2D(LocallyConnected, metaclass=_ReadsSides):
    """2D convolution with a kernel for each place. Arguments as in `LocallyConnected`.

    With arguments of Keras 1, as in `LocallyConnected2D(4, 3, 5, border_mode="valid")`,
    the second and third number are the rows and columns of the kernel.

    Shapes:
        x (batch, height, width, channels) -> y (batch, new height, new width, filters).
        kernel (new height * new width, window * channels, filters),
        bias (new height, new width, filters).

    Source: Taigman et al., "DeepFace", CVPR (2014).

    >>> LocallyConnected2D(4, (3, 3))(jnp.ones((2, 6, 6, 1))).shape
    (2, 4, 4, 4)
    """

    rank = 2
