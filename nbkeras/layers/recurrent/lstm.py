"""LSTM: long short-term memory."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import jax
import jax.numpy as jnp

from nbkeras.layers.engine.registry import register
from nbkeras.layers.recurrent.cell_base import (
    ELEMENTWISE,
    NO_DROPOUT,
    DenseCell,
    Named,
    with_forget_bias,
)
from nbkeras.layers.recurrent.rnn_layer_base import RNNLayerBase, checked_use_cudnn
from nbkeras.ops import activations
from nbkeras.ops.kernels import lowering

if TYPE_CHECKING:
    from nbkeras.layers.recurrent.cell_base import DropoutMasks

DEFAULT_ACTIVATIONS = activations.get("tanh"), activations.get("sigmoid")


@register("LSTMCell")
class LSTMCell(DenseCell):
    """One step of `LSTM`: the gates i, f, o and the candidate c, from one product.

    Arguments as in `LSTM`, except those about sequences.

    Shapes:
        inputs (batch, features), states [h, c] of (batch, units) -> (batch, units).
        kernel (features, 4 * units), recurrent_kernel (units, 4 * units),
        bias (4 * units,), each in the order i, f, c, o.

    >>> states = [jnp.zeros((2, 3)), jnp.zeros((2, 3))]
    >>> y, (h, c) = LSTMCell(3)(jnp.ones((2, 5)), states)
    >>> y.shape
    (2, 3)
    """

    gates = cudnn_gates = 4
    num_states = 2

    def __init__(
        self,
        units: int,
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
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = bool(unit_forget_bias)

    def _bias_initializer(self):
        if not self.unit_forget_bias:
            return None
        return with_forget_bias(self.bias_initializer, self.units)

    def advance(
        self, z: jax.Array, states: Any, masks: DropoutMasks = NO_DROPOUT
    ) -> tuple[Any, ...]:
        """(h, c) after a step."""
        z = z + self.recurrent(states[0], masks)
        return gated(z, states[1], self.activation, self.recurrent_activation, axis=-1)


def gated(
    z: jax.Array,
    c: jax.Array,
    activation: Callable[..., Any],
    recurrent_activation: Callable[..., Any],
    axis: int,
) -> tuple[Any, Any]:
    """(h, c) of a step from the pre-activations of its gates, in the order i, f, c, o.

    Args:
        z: the pre-activations, with the four gates concatenated along `axis`.
        c: the carry before the step.
        activation: activation of the candidate and of the carry.
        recurrent_activation: activation of the gates.
        axis: axis of the units or channels.
    """
    is_default = (activation, recurrent_activation) == DEFAULT_ACTIVATIONS
    if is_default and lowering.writes_gradients():
        return _gated(z, c, axis)
    i, f, candidate, o = jnp.split(z, 4, axis=axis)
    if recurrent_activation in ELEMENTWISE:
        # One activation of all columns takes half the time of three separate ones.
        i, f, _, o = jnp.split(recurrent_activation(z), 4, axis=axis)
    else:
        i, f, o = (recurrent_activation(gate) for gate in (i, f, o))
    c = f * c + i * activation(candidate)
    return o * activation(c), c


@functools.partial(jax.custom_vjp, nondiff_argnums=(2,))
def _gated(z, c, axis):
    """As `gated`, with the default activations and with gradients that are written out.

    Of the gates' gradients JAX would add two, padded with zeros.
    """
    return _gated_forward(z, c, axis)[0]


def _gated_forward(z, c, axis):
    i, f, candidate, o = jnp.split(z, 4, axis=axis)
    i, f, o = jax.nn.sigmoid(i), jax.nn.sigmoid(f), jax.nn.sigmoid(o)
    candidate = jnp.tanh(candidate)
    new = f * c + i * candidate
    output = jnp.tanh(new)
    return (o * output, new), (i, f, candidate, o, c, output)


def _gated_backward(axis, saved, g):
    i, f, candidate, o, c, output = saved
    of_h, of_new = g
    of_new = of_new + of_h * o * (1 - output * output)
    of_gates = (
        of_new * candidate * i * (1 - i),
        of_new * c * f * (1 - f),
        of_new * i * (1 - candidate * candidate),
        of_h * output * o * (1 - o),
    )
    return jnp.concatenate(of_gates, axis=axis), of_new * f


_gated.defvjp(_gated_forward, _gated_backward)


@register("LSTM")
class LSTM(RNNLayerBase):
    """Long short-term memory layer, with input, forget and output gates.

    CuDNNLSTM of Keras 2 is this layer.

    Args:
        units: width of the state and of the output, a positive integer.
        activation: activation of the candidate and of the carry, a name or function.
        recurrent_activation: activation of the gates, a name or function.
        use_bias: whether to add a bias.
        kernel_initializer: initializer of the input kernel.
        recurrent_initializer: initializer of the recurrent kernel.
        bias_initializer: initializer of the bias.
        unit_forget_bias: whether the initial bias of the forget gate is 1, so that the
            carry is kept at first.
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
        unroll: whether to unroll the loop over the steps.
        use_cudnn: accepted as in Keras; XLA chooses the kernels here.
        **base: arguments of `RNN` and `Layer`.

    Shapes:
        sequences (batch, steps, features) -> (batch, units), or (batch, steps, units)
        with `return_sequences`; with `return_state` also h and c, (batch, units) each.
        kernel (features, 4 * units), recurrent_kernel (units, 4 * units),
        bias (4 * units,), each in the order i, f, c, o.

    Raises:
        ValueError: `units` is not a positive integer, or a dropout rate is outside [0,
            1].

    Source: Hochreiter and Schmidhuber, "Long short-term memory", Neural Computation 9
    (1997); Gers, Schmidhuber, Cummins, "Learning to forget" (2000).

    >>> y, h, c = LSTM(4, return_state=True)(jnp.ones((2, 10, 3)))
    >>> y.shape, c.shape
    ((2, 4), (2, 4))
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
        unroll: bool = False,
        use_cudnn: bool | Literal["auto"] = "auto",
        **base: Any,
    ) -> None:
        cell = LSTMCell(
            units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            unit_forget_bias=unit_forget_bias,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            name="lstm_cell",
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
        self.use_cudnn = checked_use_cudnn("LSTM", use_cudnn)
