"""ConvLSTMCell: one step of an LSTM whose products are convolutions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import jax
import jax.numpy as jnp

from nbkeras.core import check, settings
from nbkeras.core.annotations import Shape
from nbkeras.layers.convolution.sliding_window import (
    channel_axis,
    check_fit,
    checked_padding,
)
from nbkeras.layers.engine.errors import mistake
from nbkeras.layers.recurrent.cell_base import (
    NO_DROPOUT,
    Cell,
    Named,
    with_forget_bias,
)
from nbkeras.layers.recurrent.lstm import gated
from nbkeras.ops import activations
from nbkeras.ops.kernels import convolution

if TYPE_CHECKING:
    from nbkeras.layers.recurrent.cell_base import DropoutMasks

Padding = Literal["valid", "same"]
Sizes = int | tuple[int, ...]


class ConvLSTMCell(Cell):
    """One step of a ConvLSTM layer; arguments as in `ConvLSTM2D`, after `rank`.

    Args:
        rank: number of spatial axes.
        filters: number of output channels.
        kernel_size: size of the window.
        strides: steps of the window over the input.
        padding: "valid" or "same", of the input.
        data_format: "channels_last" or "channels_first".
        dilation_rate: spacing of the kernel's elements over the input.
        recurrent_activation: activation of the gates, a name or function.
        unit_forget_bias: whether the initial bias of the forget gate is 1.
        **settings_of_cell: arguments of `Cell`.
    """

    gates = 4
    num_states = 2

    def __init__(
        self,
        rank: int,
        filters: int,
        kernel_size: Sizes,
        strides: Sizes = 1,
        padding: Padding = "valid",
        data_format: str | None = None,
        dilation_rate: Sizes = 1,
        recurrent_activation: Named = "sigmoid",
        unit_forget_bias: bool = True,
        **settings_of_cell: Any,
    ) -> None:
        super().__init__(**settings_of_cell)
        owner = f"ConvLSTM{rank}D"
        self.rank = rank
        self.filters = check.positive_int(owner, "filters", filters)
        self.kernel_size = check.ints(owner, "kernel_size", kernel_size, rank, 1, 3)
        self.strides = check.ints(owner, "strides", strides, rank)
        self.dilation_rate = check.ints(owner, "dilation_rate", dilation_rate, rank)
        self.padding = checked_padding(owner, padding, ("valid", "same"))
        self.data_format = settings.data_format(owner, data_format)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = bool(unit_forget_bias)
        self.state_size = [self.filters, self.filters]
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"{owner}(strides={self.strides}, dilation_rate={self.dilation_rate}): "
                "only one of them may be greater than 1. Write strides=1 or "
                "dilation_rate=1."
            )

    def build(self, input_shape: Shape) -> None:
        """Declare kernels and bias for the channels of `input_shape`."""
        axis = channel_axis(self.data_format)
        if input_shape[axis] is None:
            raise mistake(
                self,
                input_shape,
                "a known number of channels",
                "it in Input, for example Input(shape=(None, 40, 40, 1))",
            )
        self._step_shape = tuple(input_shape[1:])
        width = 4 * self.filters
        bias_initializer = self.bias_initializer
        if self.unit_forget_bias:
            bias_initializer = with_forget_bias(bias_initializer, self.filters)
        self.declare(
            (*self.kernel_size, input_shape[axis], width),
            (*self.kernel_size, self.filters, width),
            (width,),
            bias_initializer,
        )

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        """Zeros for h and c, with the shape of the output of one step."""
        return self.states_for((batch_size, *self._step_shape))

    def states_for(self, step_shape: Shape) -> list[Any]:
        """Zeros for h and c, for steps with inputs of `step_shape`.

        Raises:
            ValueError: the window is larger than the input.
        """
        reach = convolution.spans(self.kernel_size, self.dilation_rate)
        check_fit(self, step_shape, "kernel_size", reach)
        shape: list[Any] = list(step_shape)
        shape[channel_axis(self.data_format)] = self.filters
        spatial = convolution.spatial_axes(len(shape), self.data_format)
        for axis, window, stride in zip(spatial, reach, self.strides, strict=True):
            margin = 0 if self.padding == "same" else window - 1
            shape[axis] = -(-(shape[axis] - margin) // stride)
        return [jnp.zeros(shape, self.compute_dtype) for _ in range(2)]

    def project(self, x: jax.Array, masks: DropoutMasks = NO_DROPOUT) -> Any:
        """The convolution of the inputs plus the bias, for all steps at once."""
        leading_shape, image_shape = (
            x.shape[: -1 - self.rank],
            x.shape[-1 - self.rank :],
        )

        def convolve(x: Any, kernel: Any) -> Any:
            z: Any = convolution.conv(
                x.reshape(-1, *image_shape),
                kernel,
                self.strides,
                self.padding,
                self.data_format,
                self.dilation_rate,
            )
            return z.reshape(*leading_shape, *z.shape[1:])

        z = self._gate_by_gate(convolve, x, self.kernel, masks.inputs)
        if self.bias is None:
            return z
        bias = self.bias.astype(z.dtype)
        if self.data_format == "channels_first":
            bias = bias.reshape(-1, *(1,) * self.rank)
        return z + bias

    def advance(
        self, z: jax.Array, states: Any, masks: DropoutMasks = NO_DROPOUT
    ) -> tuple[Any, ...]:
        """(h, c) after a step."""

        def convolve(h: Any, kernel: Any) -> Any:
            return convolution.conv(
                h, kernel, (1,) * self.rank, "same", self.data_format
            )

        z = z + self._gate_by_gate(
            convolve, states[0], self.recurrent_kernel, masks.states
        )
        axis = channel_axis(self.data_format)
        return gated(z, states[1], self.activation, self.recurrent_activation, axis)

    def _has_mask_per_gate(self):
        return True

    def _gate_by_gate(self, convolve, x, kernel, factors) -> Any:
        if factors is None:
            return convolve(x, kernel)
        parts = jnp.split(kernel, len(factors), axis=-1)
        sums = [convolve(x * f, k) for f, k in zip(factors, parts, strict=True)]
        axis = -1 if self.data_format == "channels_last" else -1 - self.rank
        return jnp.concatenate(sums, axis=axis)
