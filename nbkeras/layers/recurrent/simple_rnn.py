"""SimpleRNN: the output of each step is an input of the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax

from nbkeras.layers.engine.registry import register
from nbkeras.layers.recurrent.cell_base import NOTHING, DenseCell, Named
from nbkeras.layers.recurrent.rnn_layer_base import RNNLayerBase

if TYPE_CHECKING:
    from nbkeras.layers.recurrent.cell_base import Dropped


@register("SimpleRNNCell")
class SimpleRNNCell(DenseCell):
    """One step of `SimpleRNN`: `h = activation(x @ W + bias + h_before @ U)`.

    Arguments as in `SimpleRNN`, but for those about sequences.

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
        self, z: jax.Array, states: Any, dropped: Dropped = NOTHING
    ) -> tuple[Any, ...]:
        """The new state, which is the output too."""
        return (self.activation(z + self.recurrent(states[0], dropped)),)


@register("SimpleRNN")
class SimpleRNN(RNNLayerBase):
    """Simple recurrent layer: `h = activation(x @ W + bias + h_before @ U)`.

    Args:
        units: width of the state and of the output, a positive integer.
        activation: name or function of the new state.
        use_bias: whether to add a bias.
        kernel_initializer: initializer of the kernel of the input.
        recurrent_initializer: initializer of the kernel of the state.
        bias_initializer: initializer of the bias.
        kernel_regularizer: penalty on the kernel of the input.
        recurrent_regularizer: penalty on the kernel of the state.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: constraint on the input kernel, applied after each step.
        recurrent_constraint: constraint on the recurrent kernel.
        bias_constraint: constraint on the bias.
        dropout: share of the inputs set to zero while training, 0 to 1.
        recurrent_dropout: share of the state set to zero while training, 0 to 1.
        return_sequences: give the outputs of all steps, not only the last.
        return_state: give the last state too.
        go_backwards: read from the last step to the first.
        stateful: begin each batch where the last one ended; see `RNN`.
        unroll: write the steps out one after the other instead of a loop.
        seed: seed of the layer's random numbers; None for the global seed.
        **base: arguments of `RNN` and `Layer`.

    Shapes:
        sequences (batch, steps, features) -> (batch, units), or (batch, steps, units)
        with `return_sequences`.
        kernel (features, units), recurrent_kernel (units, units), bias (units,).

    Raises:
        ValueError: `units` is not a positive integer, a share is not in 0 to 1.

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
