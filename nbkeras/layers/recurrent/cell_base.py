"""Base classes of the built-in cells: settings, weights, dropout.

A step has two parts. `project` depends only on the input; a layer may compute it for
all steps at once, in one large matrix product. `advance` depends on the state, and is
computed in the loop over time.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.core.annotations import Shape
from nbkeras.layers.dense import known_features
from nbkeras.layers.dropout import checked_seed, key_of
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.random_numbers import SeedGenerator
from nbkeras.ops import activations, constraints, initializers, regularizers

Named = str | dict[str, Any] | Callable[..., Any] | None

# Elementwise activations, which can be applied to several gates at once; an activation
# of whole rows, such as softmax, or a custom one cannot.
ELEMENTWISE = tuple(map(activations.get, ("sigmoid", "hard_sigmoid", "tanh", "relu")))


class DropoutMasks(NamedTuple):
    """Dropout masks, which are the same for all steps; None without dropout.

    Each is a tuple of one array (batch, ...) for all gates, or one array per gate.
    """

    inputs: tuple | None = None
    states: tuple | None = None


NO_DROPOUT = DropoutMasks()


class Cell(Layer):
    """Base class of the built-in cells. Subclasses define `project` and `advance`.

    The first state is the output.

    Args:
        activation: name or function, the activation of the new value.
        use_bias: whether to add a bias.
        kernel_initializer: initializer of the input kernel.
        recurrent_initializer: initializer of the recurrent kernel.
        bias_initializer: initializer of the bias.
        kernel_regularizer: penalty on the input kernel.
        recurrent_regularizer: penalty on the recurrent kernel.
        bias_regularizer: penalty on the bias.
        kernel_constraint: constraint on the input kernel, applied after each step.
        recurrent_constraint: constraint on the recurrent kernel.
        bias_constraint: constraint on the bias.
        dropout: fraction of the inputs set to zero in training, 0 to 1.
        recurrent_dropout: fraction of the state set to zero in training, 0 to 1.
        seed: seed of the layer's random numbers; None for the global seed.
        **base: arguments of `Layer`.
    """

    gates = 1
    num_states = 1
    rows_independent = row_by_row_at_rest = True
    _dropout_masks: DropoutMasks | None = None

    def __init__(
        self,
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
        super().__init__(**base)
        owner = type(self).__name__
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = regularizers.get(recurrent_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.recurrent_constraint = constraints.get(recurrent_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.dropout = check.number(owner, "dropout", dropout, 0, 1)
        self.recurrent_dropout = check.number(
            owner, "recurrent_dropout", recurrent_dropout, 0, 1
        )
        self.seed = checked_seed(owner, seed)
        self.seed_generator = SeedGenerator.of(self.seed)

    def declare(
        self,
        kernel: Any,
        recurrent_kernel: Any,
        bias: Any,
        bias_initializer: Any = None,
    ) -> None:
        """Declare the weights with these shapes; the bias only with `use_bias`."""
        self.kernel = self.add_weight(
            "kernel",
            kernel,
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.recurrent_kernel = self.add_weight(
            "recurrent_kernel",
            recurrent_kernel,
            self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                "bias",
                bias,
                bias_initializer or self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def project(self, x: jax.Array, masks: DropoutMasks = NO_DROPOUT) -> Any:
        """The part of one or several steps that depends only on the inputs.

        Args:
            x: (..., batch, *features).
            masks: the masks of `draw_dropout`.
        """
        raise NotImplementedError

    def advance(
        self, z: jax.Array, states: Any, masks: DropoutMasks = NO_DROPOUT
    ) -> tuple[Any, ...]:
        """The states after a step.

        Args:
            z: the result of `project` for the step.
            states: the states before the step, a tuple.
            masks: the masks of `draw_dropout`.
        """
        raise NotImplementedError

    def states_for(self, step_shape: Shape) -> list[Any]:
        """The states before the first step, for steps with inputs of `step_shape`."""
        return self.get_initial_state(step_shape[0])

    def call(self, inputs: Any, states: Any, training: bool = False) -> Any:
        """Compute one step: (output, new states), nested like `states`."""
        is_list = isinstance(states, list | tuple)
        old_states = tuple(states) if is_list else (states,)
        masks = self._dropout_masks
        if masks is None:
            masks = self.draw_dropout(inputs, old_states[0], training)
        new_states = self.advance(self.project(inputs, masks), old_states, masks)
        return new_states[0], (list(new_states) if is_list else new_states[0])

    def draw_dropout(
        self, inputs: Any, state: jax.Array, training: bool
    ) -> DropoutMasks:
        """Draw the dropout masks of a whole sequence.

        Args:
            inputs: inputs of one step, of which only the shape is used.
            state: the first state, of which only the shape is used.
            training: whether dropout is active.
        """
        if not training:
            return NO_DROPOUT
        num_masks = self.gates if self._has_mask_per_gate() else 1
        return DropoutMasks(
            self._factors(self.dropout, inputs, num_masks),
            self._factors(self.recurrent_dropout, state, num_masks),
        )

    def _has_mask_per_gate(self):
        return self.gates > 1 and self.recurrent_dropout > 0

    def _factors(self, rate, like, count):
        if rate == 0:
            return None
        is_kept = jax.random.bernoulli(key_of(self), 1 - rate, (count, *like.shape))
        scale = 0.0 if rate == 1 else 1 / (1 - rate)
        return tuple(is_kept.astype(like.dtype) * jnp.asarray(scale, like.dtype))

    def treats_rows_alone(self, promise: str = "rows_independent") -> bool:
        """As for other layers; the activation of the gates must be built in as well."""
        gate_activation = getattr(self, "recurrent_activation", None)
        module = getattr(gate_activation, "__module__", None) or ""
        is_built_in = gate_activation is None or module.startswith("nbkeras.")
        return is_built_in and super().treats_rows_alone(promise)


class DenseCell(Cell):
    """Base class of cells with dense kernels. Arguments as in `Cell`.

    Args:
        units: width of the state, a positive integer.
        **settings: arguments of `Cell`.

    Shapes:
        inputs (batch, features), states (batch, units) -> output (batch, units).
        kernel (features, gates * units), recurrent_kernel (units, gates * units).
    """

    def __init__(self, units: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.units = check.positive_int(type(self).__name__, "units", units)
        self.output_size = self.units
        sizes = [self.units] * self.num_states
        self.state_size = sizes if self.num_states > 1 else self.units

    def build(self, input_shape: Shape) -> None:
        """Declare kernels and bias for the last axis of `input_shape`."""
        width = self.gates * self.units
        self.declare(
            (known_features(self, input_shape), width),
            (self.units, width),
            self._bias_shape(width),
            self._bias_initializer(),
        )

    def _bias_shape(self, width) -> tuple[int, ...]:
        return (width,)

    def _bias_initializer(self) -> Any:
        return None

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        """Zeros, one array for each state."""
        shape = (batch_size, self.units)
        return [jnp.zeros(shape, self.compute_dtype) for _ in range(self.num_states)]

    def project(self, x: jax.Array, masks: DropoutMasks = NO_DROPOUT) -> Any:
        """`x @ kernel + bias`, gate by gate if there is a dropout mask per gate."""
        z = _gate_by_gate(x, self.kernel, masks.inputs)
        bias = self._input_bias()
        return z if bias is None else z + bias

    def recurrent(self, h: jax.Array, masks: DropoutMasks = NO_DROPOUT) -> Any:
        """`h @ recurrent_kernel`, gate by gate if there is a dropout mask per gate."""
        return _gate_by_gate(h, self.recurrent_kernel, masks.states)

    def _input_bias(self) -> Any:
        return self.bias


def _gate_by_gate(x, kernel, factors):
    if factors is None:
        return x @ kernel
    if len(factors) == 1:
        return (x * factors[0]) @ kernel
    parts = jnp.split(kernel, len(factors), axis=-1)
    products = [(x * f) @ k for f, k in zip(factors, parts, strict=True)]
    return jnp.concatenate(products, axis=-1)


def with_forget_bias(
    initializer: Callable[..., Any], size: int
) -> Callable[..., jax.Array]:
    """An initializer of a bias (4 * size,) with ones for the second gate, forget.

    Source: Jozefowicz, Zaremba, Sutskever, "An empirical exploration of recurrent
    network architectures", ICML (2015).
    """

    def initial_bias(shape, dtype="float32"):
        parts = initializer((size,), dtype=dtype), initializer((2 * size,), dtype=dtype)
        return jnp.concatenate([parts[0], jnp.ones(size, dtype), parts[1]])

    return initial_bias
