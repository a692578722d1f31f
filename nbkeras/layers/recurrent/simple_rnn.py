"""SimpleRNN: the output of each step is an input of the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax

from nbkeras.layers.engine.registry import register
from nbkeras.layers.recurrent.cell_base import NO_DROPOUT, DenseCell, Named
from nbkeras.layers.recurrent.rnn_layer_base import RNNLayerBase

if TYPE_CHECKING:
    from nbkeras.layers.recurrent.cell_base import DropoutMasks


@register("SimpleRNNCell")
class SimpleRNNCell(DenseCell):
    """One step of `SimpleRNN`: `h = activation(x @ W + bias + h_before @ U)`.

    Arguments as in `SimpleRNN`, except those about sequences.

    Shapes:
        inputs (batch, features), states [(batch, units)] -> output (batch, units).
        kernel (features, units), recurrent_kernel (units, units), bias (units,).

    >>> y, states = SimpleRNNCell(3)(jnp.ones((2, 5)), [jnp.zeros((2, 3))])
    >>> y.shape
    (2, 3)
    """

    def __init__(
        self,
        units: int,
        activation: Named = "tanh",
        use_bias: bool = True,
        kernel_initializer: Named = "glorot_uniform",
        recurrent_initializer: Named = "orthogonal",
        bias_initializer: Named = "zeros",
        kernel_regularizer: Named = None,
        recurrent_regularizer: Named = None,
        bias_regularizer: Named = None,
        kernel_constraint: Named = None,
        recurrent_constraint: Named = None,
        bias_constraint: Named = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **base: Any,
    ) -> None:
        super().__init__(
            units,
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
            **base,
        )

    def advance(
        self, z: jax.Array, states: Any, masks: DropoutMasks = NO_DROPOUT
    ) -> tuple[Any, ...]:
        """The new state, which is also the output."""
        return (self.activation(z + self.recurrent(states[0], masks)),)


@register("SimpleRNN")
class SimpleRNN(RNNLayerBase):
    """Simple recurrent layer: `h = activation(x @ W + bias + h_before @ U)`.

    Args:
        units: width of the state and of the output, a positive integer.
        activation: activation of the new state, a name or function.
        use_bias: whether to add a bias.
        kernel_initializer: initializer of the input kernel.
        recurrent_initializer: initializer of the recurrent kernel.
        bias_initializer: initializer of the bias.
        kernel_regularizer: penalty on the input kernel.
        recurrent_regularizer: penalty on the recurrent kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: constraint on the input kernel, applied after each step.
        recurrent_constraint: constraint on the recurrent kernel.
        bias_constraint: constraint on the bias.
        dropout: fraction of the inputs set to zero in training, 0 to 1.
        recurrent_dropout: fraction of the state set to zero in training, 0 to 1.
        return_sequences: whether to return the outputs of all steps, or only the last.
        return_state: whether to return the last state as well.
        go_backwards: whether to process the steps in reverse order.
        stateful: whether each batch starts with the last states of the previous one;
            see `RNN`.
        unroll: whether to unroll the loop over the steps.
        seed: seed of the layer's random numbers; None for the global seed.
        **base: arguments of `RNN` and `Layer`.

    Shapes:
        sequences (batch, steps, features) -> (batch, units), or (batch, steps, units)
        with `return_sequences`.
        kernel (features, units), recurrent_kernel (units, units), bias (units,).

    Raises:
        ValueError: `units` is not a positive integer, or a dropout rate is outside [0,
            1].

    Source: Elman, "Finding structure in time", Cognitive Science 14 (1990).

    >>> SimpleRNN(4, return_sequences=True)(jnp.ones((2, 10, 3))).shape
    (2, 10, 4)
    """

    not_in_config = ("seed",)

    def __init__(
        self,
        units: int,
        activation: Named = "tanh",
        use_bias: bool = True,
        kernel_initializer: Named = "glorot_uniform",
        recurrent_initializer: Named = "orthogonal",
        bias_initializer: Named = "zeros",
        kernel_regularizer: Named = None,
        recurrent_regularizer: Named = None,
        bias_regularizer: Named = None,
        activity_regularizer: Named = None,
        kernel_constraint: Named = None,
        recurrent_constraint: Named = None,
        bias_constraint: Named = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        seed: int | None = None,
        **base: Any,
    ) -> None:
        cell = SimpleRNNCell(
            units,
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
            name="simple_rnn_cell",
            **self.shared(base),
        )
        super().__init__(
            cell,
            activity_regularizer=activity_regularizer,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            **base,
        )
