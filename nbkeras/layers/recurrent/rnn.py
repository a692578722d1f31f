"""RNN: run a cell over the steps of a sequence; base class of recurrent layers."""

from typing import Any, Self

import jax
import jax.numpy as jnp

from nbkeras.core.annotations import Config, CustomObjects, Shape
from nbkeras.core.errors import structured_errors
from nbkeras.core.names.display_name import quoted
from nbkeras.core.serialization.registry import custom_object_scope
from nbkeras.layers.engine.registry import register, registry
from nbkeras.layers.recurrent import time_loop
from nbkeras.layers.recurrent.cell_base import Cell
from nbkeras.layers.recurrent.stacked import (
    StackedRNNCells,
    build_cell,
    check_is_cell,
    initial_state,
    takes_constants,
    treats_rows_alone,
)
from nbkeras.layers.recurrent.stateful import (
    Recurrent,
    warn_if_mask_is_ignored,
)


@register("RNN")
class RNN(Recurrent):
    """Run a cell over the steps of a sequence.

    A cell is a layer, or any object, with a method `call(inputs, states)` that returns
    (output, new states), and an attribute `state_size`, an integer or a list of
    integers. It may also have `output_size` and `get_initial_state(batch_size)`;
    initial states are zero otherwise.

    `rnn(x, constants=[c])` passes arrays of the batch to each step, to the cell's
    `call(inputs, states, constants)`. Such a cell is built for a list of shapes: that
    of a step, then those of the constants.

    With `stateful`, the last states of a batch are the initial states of the next, in
    training and prediction, until `reset_state()`. This needs a fixed batch size,
    `Input(batch_shape=(32, None, 8))`, and `fit(..., shuffle=False)`.

    Args:
        cell: a cell, or a list of cells, which becomes `StackedRNNCells`.
        return_sequences: whether to return the outputs of all steps, or only the last.
        return_state: whether to return the last states as well.
        go_backwards: whether to process the steps in reverse order; outputs are then in
            reverse order too.
        stateful: whether each batch starts with the last states of the previous one.
        unroll: whether to unroll the loop over the steps; compilation takes longer, and
            the number of steps must be known.
        zero_output_for_mask: whether the output of a masked step is zero instead of the
            previous output.
        **base: arguments of `Layer`.

    Shapes:
        sequences (batch, steps, ...), mask (batch, steps)
        -> (batch, units), or (batch, steps, units) with `return_sequences`.

    Raises:
        ValueError: `cell` is not a cell, the number or batch size of the states
            differs, or a size that must be known is unknown.

    >>> from nbkeras.layers import LSTMCell
    >>> RNN(LSTMCell(4), return_sequences=True)(jnp.ones((2, 10, 3))).shape
    (2, 10, 4)
    """

    def __init__(
        self,
        cell: Any = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **base: Any,
    ) -> None:
        super().__init__(**base)
        if isinstance(cell, list | tuple):
            cell = StackedRNNCells(list(cell))
        check_is_cell(type(self).__name__, "cell", cell, "LSTMCell(32)")
        self.cell = cell
        self.return_sequences = bool(return_sequences)
        self.return_state = bool(return_state)
        self.go_backwards = bool(go_backwards)
        self.stateful = bool(stateful)
        self.unroll = bool(unroll)
        self.zero_output_for_mask = bool(zero_output_for_mask)
        is_independent = not self.stateful and treats_rows_alone(cell)
        self.rows_independent = is_independent
        self.row_by_row_at_rest = is_independent and treats_rows_alone(
            cell, "row_by_row_at_rest"
        )

    @property
    def state_size(self) -> list[Any]:
        """The sizes of the cell's states, a list."""
        sizes = self.cell.state_size
        return list(sizes) if isinstance(sizes, list | tuple) else [sizes]

    # One shape per argument of `call`, with Keras's names.
    def build(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        sequences_shape: Shape,
        initial_state_shape: Any = None,
        constants_shape: Any = None,
    ) -> None:
        """Build the cell for one step, and the states if stateful."""
        step_shape = (sequences_shape[0], *sequences_shape[2:])
        if constants_shape:
            self._check_takes_constants()
            is_one = isinstance(constants_shape, tuple)
            others = [constants_shape] if is_one else list(constants_shape)
            build_cell(self.cell, [step_shape, *others])
        else:
            build_cell(self.cell, step_shape)
        if self.stateful and sequences_shape[0] is not None:
            rows = sequences_shape[0]
            self._declare_states(rows, self.get_initial_state(rows))

    def get_initial_state(self, batch_size: Any) -> list[Any]:
        """The states before the first step, a list.

        Args:
            batch_size: the number of sequences; or the sequences, as in Keras 2.
        """
        if len(getattr(batch_size, "shape", ())):
            batch_size = batch_size.shape[0]
        states = initial_state(self.cell, batch_size, self)
        return list(states) if isinstance(states, list | tuple) else [states]

    def call(
        self,
        sequences: Any,
        initial_state: Any = None,
        mask: Any = None,
        training: bool = False,
        constants: Any = None,
    ) -> Any:
        """The output, or with `return_state` a tuple of output and last states."""
        self._check_steps(sequences)
        if initial_state is not None and mask is None:
            warn_if_mask_is_ignored(self, sequences)
        if constants is not None:
            self._check_takes_constants()
            is_list = isinstance(constants, list | tuple)
            constants = list(constants) if is_list else [constants]
        states = self._initial_states(sequences, initial_state)
        masks = jax.tree.leaves(mask)
        states, outputs = time_loop.run(
            self,
            jnp.swapaxes(sequences, 0, 1),
            states,
            masks[0] if masks else None,
            training,
            constants,
        )
        self._carry(states)
        dtype = self.compute_dtype
        outputs, states = jax.tree.map(lambda a: a.astype(dtype), (outputs, states))
        output = jnp.swapaxes(outputs, 0, 1) if self.return_sequences else outputs
        return (output, *states) if self.return_state else output

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The mask, if the output has steps."""
        masks = jax.tree.leaves(previous_mask)
        mask = masks[0] if masks and self.return_sequences else None
        return [mask] if self.return_state else mask

    def get_config(self) -> Config:
        """The constructor's arguments."""
        config = super().get_config()
        config.setdefault("activity_regularizer", None)
        return config

    @classmethod
    def from_config(
        cls, config: Config, custom_objects: CustomObjects | None = None
    ) -> Self:
        """Create an equal layer; the cell may be a config."""
        with custom_object_scope(custom_objects):
            if isinstance(config.get("cell"), dict):
                config = {**config, "cell": registry.get(config["cell"])}
            return super().from_config(config)

    def _initial_states(self, sequences, initial_state):
        """The states before the first step, nested like those of the cell."""
        rows = sequences.shape[0]
        if initial_state is None and self.stateful and not self._context.building:
            states = self._carried(rows)
        else:
            states = self._zero_states(sequences)
            if self.stateful and self._context.building:
                self._original._declare_states(self._context.batch_size, states)
        if initial_state is not None:
            states = self._checked_states(states, initial_state)
        return jax.tree.map(lambda a: jnp.asarray(a, self.compute_dtype), states)

    def _zero_states(self, sequences):
        if isinstance(self.cell, Cell):
            step_shape = (sequences.shape[0], *sequences.shape[2:])
            return self.cell.states_for(step_shape)
        return self.get_initial_state(sequences.shape[0])

    def _checked_states(self, zero_states, initial_state):
        leaves, structure = jax.tree.flatten(zero_states)
        arrays = jax.tree.leaves(initial_state)
        if [a.shape for a in arrays] != [a.shape for a in leaves]:
            shapes = [(None, *a.shape[1:]) for a in leaves]
            raise structured_errors.argument(
                self.name,
                "initial_state",
                [tuple(a.shape) for a in arrays],
                f"{len(leaves)} arrays of the shapes {shapes}",
                "[h, c]" if len(leaves) == 2 else "[h]",
            )
        return structure.unflatten(arrays)

    def _check_takes_constants(self):
        """Raise if the cell takes no constants."""
        if not takes_constants(self.cell):
            raise ValueError(
                f"{type(self).__name__} {quoted(self.name)} got constants, and "
                f"{type(self.cell).__name__} takes none. Write a cell with call(self, "
                "inputs, states, constants), or leave constants out."
            )

    def _check_steps(self, sequences):
        """Raise if the loop is to be unrolled and the number of steps is unknown."""
        shape = (None, *sequences.shape[1:])
        if self.unroll and self._context.open_shapes.get(shape, shape)[1] is None:
            raise ValueError(
                f"{type(self).__name__}(unroll=True) {quoted(self.name)}: unrolling "
                "needs a known number of steps. Write Input(shape=(10, 8)) for 10 "
                "steps of 8 features, or unroll=False."
            )
