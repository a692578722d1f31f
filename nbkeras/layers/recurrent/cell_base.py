"""Base classes of the built-in cells: settings, weights, dropout.

A step is split in two. `project` is the part that depends on the input alone; a layer
computes it for all steps at once, in one large matrix product. `advance` is the part
that needs the state, and all that is left for the loop over time.
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
from nbkeras.ops import activations, constraints, initializers, regularizers

Named = str | dict[str, Any] | Callable[..., Any] | None

# Activations of single values, so that those of several gates may be taken at once;
# one of whole rows, such as softmax, or a user's own may not.
ELEMENTWISE = tuple(map(activations.get, ("sigmoid", "hard_sigmoid", "tanh", "relu")))


class Dropped(NamedTuple):
    """Dropout masks, equal in all steps; None without dropout.

    Each is a tuple with one array (batch, ...) for all gates, or one for each gate.
    """

    inputs: tuple | None = None
    states: tuple | None = None


NOTHING = Dropped()


class Cell(Layer):
    """Base class of the built-in cells. Subclasses write `project` and `advance`.

    The first of the states is the output.

    Args:
        activation: name or function of the new value.
        use_bias: whether to add a bias.
        kernel_initializer: initializer of the kernel of the input.
        recurrent_initializer: initializer of the kernel of the state.
        bias_initializer: initializer of the bias.
        kernel_regularizer: penalty on the kernel of the input.
        recurrent_regularizer: penalty on the kernel of the state.
        bias_regularizer: penalty on the bias.
        kernel_constraint: constraint on the input kernel, applied after each step.
        recurrent_constraint: constraint on the recurrent kernel.
        bias_constraint: constraint on the bias.
        dropout: share of the inputs set to zero while training, 0 to 1.
        recurrent_dropout: share of the state set to zero while training, 0 to 1.
        seed: seed of the layer's random numbers; None for the global seed.
        **base: arguments of `Layer`.
    """

    gates = 1
    num_states = 1
    rows_independent = row_by_row_at_rest = True
    _dropped: Dropped | None = None

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

    def declare(
        self,
        kernel: Any,
        recurrent_kernel: Any,
        bias: Any,
        bias_initializer: Any = None,
    ) -> None:
        """Declare the weights of these shapes; the bias only if used."""
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

    def project(self, x: jax.Array, dropped: Dropped = NOTHING) -> Any:
        """The part of one or many steps that depends on the inputs alone.

        Args:
            x: (..., batch, *features).
            dropped: as `draw_dropout` gives it.
        """
        raise NotImplementedError

    def advance(
        self, z: jax.Array, states: Any, dropped: Dropped = NOTHING
    ) -> tuple[Any, ...]:
        """The states after a step.

        Args:
            z: what `project` gave for it.
            states: those before, a tuple.
            dropped: as `draw_dropout` gives it.
        """
        raise NotImplementedError

    def states_for(self, step_shape: Shape) -> list[Any]:
        """The states before the first step, for inputs of `step_shape` a step."""
        return self.get_initial_state(step_shape[0])

    def call(self, inputs: Any, states: Any, training: bool = False) -> Any:
        """Compute one step: (output, new states), in the structure of `states`."""
        several = isinstance(states, list | tuple)
        before = tuple(states) if several else (states,)
        dropped = self._dropped
        if dropped is None:
            dropped = self.draw_dropout(inputs, before[0], training)
        after = self.advance(self.project(inputs, dropped), before, dropped)
        return after[0], (list(after) if several else after[0])

    def draw_dropout(self, inputs: Any, state: jax.Array, training: bool) -> Dropped:
        """Draw the dropout masks of a whole sequence.

        Args:
            inputs: those of one step. state: the first state; both only for shapes.
            training: whether anything is dropped.
        """
        if not training:
            return NOTHING
        apart = self.gates if self._draws_gates_apart() else 1
        return Dropped(
            self._factors(self.dropout, inputs, apart),
            self._factors(self.recurrent_dropout, state, apart),
        )

    def _draws_gates_apart(self):
        return self.gates > 1 and self.recurrent_dropout > 0

    def _factors(self, rate, like, count):
        if rate == 0:
            return None
        kept = jax.random.bernoulli(key_of(self), 1 - rate, (count, *like.shape))
        scale = 0.0 if rate == 1 else 1 / (1 - rate)
        return tuple(kept.astype(like.dtype) * jnp.asarray(scale, like.dtype))

    def treats_rows_alone(self, promise: str = "rows_independent") -> bool:
        """As for other layers; the activation of the gates must be known as well."""
        gate = getattr(self, "recurrent_activation", None)
        module = getattr(gate, "__module__", None) or ""
        is_built_in = gate is None or module.startswith("nbkeras.")
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
            self._first_bias(),
        )

    def _bias_shape(self, width) -> tuple[int, ...]:
        return (width,)

    def _first_bias(self) -> Any:
        return None

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        """Zeros, one array for each state."""
        shape = (batch_size, self.units)
        return [jnp.zeros(shape, self.compute_dtype) for _ in range(self.num_states)]

    def project(self, x: jax.Array, dropped: Dropped = NOTHING) -> Any:
        """`x @ kernel + bias`; with a factor for each gate, gate by gate."""
        z = _gate_by_gate(x, self.kernel, dropped.inputs)
        bias = self._input_bias()
        return z if bias is None else z + bias

    def recurrent(self, h: jax.Array, dropped: Dropped = NOTHING) -> Any:
        """`h @ recurrent_kernel`; with a factor for each gate, gate by gate."""
        return _gate_by_gate(h, self.recurrent_kernel, dropped.states)

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


def with_open_forget_gate(
    initializer: Callable[..., Any], size: int
) -> Callable[..., jax.Array]:
    """A first bias (4 * size,) with ones for the forget gate, the second of four.

    Source: Jozefowicz, Zaremba, Sutskever, "An empirical exploration of recurrent
    network architectures", ICML (2015).
    """

    def first_bias(shape, dtype="float32"):
        parts = initializer((size,), dtype=dtype), initializer((2 * size,), dtype=dtype)
        return jnp.concatenate([parts[0], jnp.ones(size, dtype), parts[1]])

    return first_bias
