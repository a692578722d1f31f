"""Convolutional LSTM layers over sequences of rows, images and volumes."""

from typing import Any

from nbkeras.layers.engine.input_spec import InputSpec
from nbkeras.layers.engine.registry import register
from nbkeras.layers.recurrent.cell_base import Named
from nbkeras.layers.recurrent.conv_lstm_cell import ConvLSTMCell, Padding, Sizes
from nbkeras.layers.recurrent.rnn_layer_base import RNNLayerBase


class ConvLSTM(RNNLayerBase):
    """Base class of ConvLSTM1D, ConvLSTM2D and ConvLSTM3D.

    Args:
        filters: number of output channels.
        kernel_size: size of the window, an integer or one per spatial axis.
        strides: steps of the window over the input, likewise.
        padding: "valid" (none) or "same", of the input.
        data_format: "channels_last" or "channels_first"; None for the global setting.
        dilation_rate: spacing of the kernel's elements over the input.
        activation: activation of the candidate and of the carry, a name or function.
        recurrent_activation: activation of the gates, a name or function.
        use_bias: whether to add a bias.
        kernel_initializer: initializer of the input kernel.
        recurrent_initializer: initializer of the recurrent kernel.
        bias_initializer: initializer of the bias.
        unit_forget_bias: whether the initial bias of the forget gate is 1.
        kernel_regularizer: penalty on the input kernel.
        recurrent_regularizer: penalty on the recurrent kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: constraint on the input kernel, applied after each step.
        recurrent_constraint: constraint on the recurrent kernel.
        bias_constraint: constraint on the bias.
        dropout: fraction of the inputs set to zero in training, 0 to 1.
        recurrent_dropout: fraction of the state set to zero in training, 0 to 1.
        seed: seed of the layer's random numbers; None for the global seed.
        return_sequences: whether to return the outputs of all steps, or only the last.
        return_state: whether to return the last states h and c as well.
        go_backwards: whether to process the steps in reverse order.
        stateful: whether each batch starts with the last states of the previous one;
            see `RNN`.
        **base: arguments of `RNN` and `Layer`.
    """

    spatial = 2

    def __init__(
        self,
        filters: int,
        kernel_size: Sizes,
        strides: Sizes = 1,
        padding: Padding = "valid",
        data_format: str | None = None,
        dilation_rate: Sizes = 1,
        activation: Named = "tanh",
        recurrent_activation: Named = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Named = "glorot_uniform",
        recurrent_initializer: Named = "orthogonal",
        bias_initializer: Named = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Named = None,
        recurrent_regularizer: Named = None,
        bias_regularizer: Named = None,
        activity_regularizer: Named = None,
        kernel_constraint: Named = None,
        recurrent_constraint: Named = None,
        bias_constraint: Named = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        **base: Any,
    ) -> None:
        window = filters, kernel_size, strides, padding, data_format, dilation_rate
        gates = recurrent_activation, unit_forget_bias
        cell = ConvLSTMCell(
            self.spatial,
            *window,
            *gates,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            name="conv_lstm_cell",
            **self.shared(base),
        )
        reading = return_sequences, return_state, go_backwards, stateful
        super().__init__(
            cell, *reading, activity_regularizer=activity_regularizer, **base
        )
        self.input_spec = InputSpec(ndim=self.spatial + 3)


@register("ConvLSTM1D")
class ConvLSTM1D(ConvLSTM):
    """Convolutional LSTM over sequences of rows. Arguments as in `ConvLSTM`.

    Shapes:
        sequences (batch, steps, size, channels) -> (batch, new size, filters), or
        (batch, steps, new size, filters) with `return_sequences`.
        kernel (size, channels, 4 * filters), recurrent_kernel (size, filters,
        4 * filters), bias (4 * filters,), each in the order i, f, c, o.

    Source: Shi et al., "Convolutional LSTM network", NeurIPS (2015).

    >>> ConvLSTM1D(4, 3, padding="same")(jnp.ones((2, 5, 8, 3))).shape
    (2, 8, 4)
    """

    spatial = 1


@register("ConvLSTM2D")
class ConvLSTM2D(ConvLSTM):
    """Convolutional LSTM over sequences of images. Arguments as in `ConvLSTM`.

    Shapes:
        sequences (batch, steps, height, width, channels) -> (batch, new height, new
        width, filters), or with the steps in second place with `return_sequences`.
        kernel (height, width, channels, 4 * filters), recurrent_kernel (height, width,
        filters, 4 * filters), bias (4 * filters,), each in the order i, f, c, o.

    Source: Shi et al., "Convolutional LSTM network", NeurIPS (2015).

    >>> ConvLSTM2D(4, 3, return_sequences=True)(jnp.ones((2, 5, 8, 8, 1))).shape
    (2, 5, 6, 6, 4)
    """

    spatial = 2


@register("ConvLSTM3D")
class ConvLSTM3D(ConvLSTM):
    """Convolutional LSTM over sequences of volumes. Arguments as in `ConvLSTM`.

    Shapes:
        sequences (batch, steps, depth, height, width, channels) -> (batch, new depth,
        new height, new width, filters), or with the steps in second place.

    Source: Shi et al., "Convolutional LSTM network", NeurIPS (2015).

    >>> ConvLSTM3D(2, 2)(jnp.ones((1, 3, 4, 4, 4, 1))).shape
    (1, 3, 3, 3, 2)
    """

    spatial = 3
