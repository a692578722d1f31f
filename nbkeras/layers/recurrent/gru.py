"""GRU: gated recurrent units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import jax
import jax.numpy as jnp

from nbkeras.layers.engine.registry import register
from nbkeras.layers.recurrent.cell_base import ELEMENTWISE, NO_DROPOUT, DenseCell, Named
from nbkeras.layers.recurrent.rnn_layer_base import RNNLayerBase, checked_use_cudnn
from nbkeras.ops import activations

if TYPE_CHECKING:
    from nbkeras.layers.recurrent.cell_base import DropoutMasks


@register("GRUCell")
class GRUCell(DenseCell):
    """One step of `GRU`: an update gate z, a reset gate r and the candidate h.

    Arguments as in `GRU`, except those about sequences.

    Shapes:
        inputs (batch, features), states [(batch, units)] -> output (batch, units).
        kernel (features, 3 * units), recurrent_kernel (units, 3 * units), bias
        (2, 3 * units), or (3 * units,) without `reset_after`; in the order z, r, h.

    >>> y, states = GRUCell(3)(jnp.ones((2, 5)), [jnp.zeros((2, 3))])
    >>> y.shape
    (2, 3)
    """

    gates = cudnn_gates = 3

    def __init__(
        self,
        units: int,
        activation: Named = "tanh",
        recurrent_activation: Named = "sigmoid",
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
        reset_after: bool = True,
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
        self.recurrent_activation = activations.get(recurrent_activation)
        self.reset_after = bool(reset_after)

    def _bias_shape(self, width) -> tuple[int, ...]:
        return (2, width) if self.reset_after else (width,)

    def _input_bias(self) -> Any:
        bias: Any = self.bias
        return bias[0] if self.use_bias and self.reset_after else bias

    def advance(
        self, z: jax.Array, states: Any, masks: DropoutMasks = NO_DROPOUT
    ) -> tuple[Any, ...]:
        """The new state, which is also the output."""
        recalled: Any
        h, gates = states[0], 2 * self.units
        x_gates, x_candidate = jnp.split(z, [gates], axis=-1)
        if self.reset_after:
            inner = self.recurrent(h, masks)
            if self.bias is not None:
                inner = inner + self.bias[1]
            h_gates, recalled = jnp.split(inner, [gates], axis=-1)
        else:
            h_gates, recalled = self._before_reset(h, masks), None
        update, reset = self._gates(x_gates + h_gates)
        if self.reset_after:
            recalled = reset * recalled
        else:
            recalled = self._recurrent_product(reset * h, 2, masks)
        candidate = self.activation(x_candidate + recalled)
        return (update * h + (1 - update) * candidate,)

    def _gates(self, z):
        """The update and reset gates from their concatenated pre-activations."""
        if self.recurrent_activation in ELEMENTWISE:
            return jnp.split(self.recurrent_activation(z), 2, axis=-1)
        return map(self.recurrent_activation, jnp.split(z, 2, axis=-1))

    def _before_reset(self, h, masks):
        if masks.states is not None:
            products = (
                self._recurrent_product(h, 0, masks),
                self._recurrent_product(h, 1, masks),
            )
            return jnp.concatenate(products, axis=-1)
        return h @ self.recurrent_kernel[:, : 2 * self.units]

    def _recurrent_product(self, h, gate, masks):
        """The product of the state with the recurrent kernel of one gate."""
        if masks.states is not None:
            h = h * masks.states[gate]
        columns = slice(gate * self.units, (gate + 1) * self.units)
        return h @ self.recurrent_kernel[:, columns]


@register("GRU")
class GRU(RNNLayerBase):
    """Gated recurrent unit layer, with an update gate and a reset gate.

    CuDNNGRU of Keras 2 is this layer with `reset_after=True`.

    Args:
        units: width of the state and of the output, a positive integer.
        activation: activation of the candidate, a name or function.
        recurrent_activation: activation of the gates, a name or function.
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
        seed: seed of the layer's random numbers; None for the global seed.
        return_sequences: whether to return the outputs of all steps, or only the last.
        return_state: whether to return the last state as well.
        go_backwards: whether to process the steps in reverse order.
        stateful: whether each batch starts with the last states of the previous one;
            see `RNN`.
        unroll: whether to unroll the loop over the steps.
        reset_after: whether to apply the reset gate after the matrix product instead of
            before; the form of cuDNN, with separate biases for input and state.
        use_cudnn: accepted as in Keras; XLA chooses the kernels here.
        **base: arguments of `RNN` and `Layer`.

    Shapes:
        sequences (batch, steps, features) -> (batch, units), or (batch, steps, units)
        with `return_sequences`; with `return_state` also the state, (batch, units).
        kernel (features, 3 * units), recurrent_kernel (units, 3 * units), bias
        (2, 3 * units), or (3 * units,) without `reset_after`; in the order z, r, h.

    Raises:
        ValueError: `units` is not a positive integer, or a dropout rate is outside [0,
            1].

    Source: Cho et al., "Learning phrase representations using RNN encoder-decoder",
    EMNLP (2014).

    >>> GRU(4)(jnp.ones((2, 10, 3))).shape
    (2, 4)
    """

    def __init__(
        self,
        units: int,
        activation: Named = "tanh",
        recurrent_activation: Named = "sigmoid",
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
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        reset_after: bool = True,
        use_cudnn: bool | Literal["auto"] = "auto",
        **base: Any,
    ) -> None:
        cell = GRUCell(
            units,
            activation=activation,
            recurrent_activation=recurrent_activation,
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
            reset_after=reset_after,
            seed=seed,
            name="gru_cell",
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
        self.use_cudnn = checked_use_cudnn("GRU", use_cudnn)
