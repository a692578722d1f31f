"""StackedRNNCells: a stack of cells as one cell."""

import inspect
from typing import Any, Self

import jax.numpy as jnp

from nbkeras.core.annotations import Config, CustomObjects, Shape
from nbkeras.core.errors import structured_errors
from nbkeras.core.serialization.registry import custom_object_scope
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.registry import register, registry


@register("StackedRNNCells")
class StackedRNNCells(Layer):
    """A stack of cells as one cell: the output of each is the input of the next.

    Args:
        cells: a list of cells.
        **base: arguments of `Layer`.

    Raises:
        ValueError: an entry of the list is not a cell.

    >>> from nbkeras.layers import GRUCell, LSTMCell, RNN
    >>> cell = StackedRNNCells([LSTMCell(3), GRUCell(2)])
    >>> RNN(cell)(jnp.ones((2, 10, 5))).shape
    (2, 2)
    """

    def __init__(self, cells: list[Any], **base: Any) -> None:
        super().__init__(**base)
        for cell in cells:
            check_is_cell("StackedRNNCells", "cells", cell, "[LSTMCell(32)]")
        self.cells = list(cells)
        self.rows_independent = all(treats_rows_alone(cell) for cell in self.cells)

    @property
    def state_size(self) -> list[Any]:
        """The sizes of the states, one entry for each cell."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> Any:
        """The width of the output of the last cell."""
        return output_size(self.cells[-1])

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        """The states before the first step, one entry for each cell."""
        return [initial_state(cell, batch_size, self) for cell in self.cells]

    def build(self, input_shape: Shape) -> None:
        """Build each cell for the output of the previous one."""
        for cell in self.cells:
            build_cell(cell, input_shape)
            input_shape = (input_shape[0], output_size(cell))

    def call(self, inputs: Any, states: Any) -> Any:
        """One step through all cells: (output, [new states of each cell])."""
        new_states = []
        for cell, cell_states in zip(self.cells, states, strict=True):
            is_list = isinstance(cell_states, list | tuple)
            inputs, new_cell_states = step_of(cell)(
                inputs, list(cell_states) if is_list else [cell_states]
            )
            new_cell_states = (
                list(new_cell_states)
                if isinstance(new_cell_states, list | tuple)
                else [new_cell_states]
            )
            new_states.append(new_cell_states if is_list else new_cell_states[0])
        return inputs, new_states

    @classmethod
    def from_config(
        cls, config: Config, custom_objects: CustomObjects | None = None
    ) -> Self:
        """Create an equal object; the cells may be configs."""
        with custom_object_scope(custom_objects):
            cells = [
                registry.get(cell) if isinstance(cell, dict) else cell
                for cell in config["cells"]
            ]
            return cls(**{**config, "cells": cells})


def check_is_cell(owner: Any, argument: str, cell: Any, example: str) -> None:
    """Raise unless `cell` has the methods and attributes of a cell.

    Raises:
        ValueError: it has no `call`, or no `state_size`.
    """
    missing = [name for name in ("call", "state_size") if name not in dir(cell)]
    if isinstance(cell, type) or missing:
        needed = f"a cell with {' and '.join(missing) or 'call and state_size'}"
        raise structured_errors.argument(owner, argument, cell, needed, example)


def step_of(cell: Any) -> Any:
    """The function that computes one step: the cell if callable, or its `call`."""
    return cell if callable(cell) else cell.call


def takes_constants(cell: Any) -> bool:
    """Whether the cell's `call` has an argument `constants`."""
    return "constants" in inspect.signature(cell.call).parameters


def build_cell(cell: Any, step_shape: Any) -> None:
    """Build a cell for the inputs of one step, if it is a layer."""
    if isinstance(cell, Layer) and not cell.built:
        cell._build_once(step_shape)


def treats_rows_alone(cell: Any, promise: str = "rows_independent") -> bool:
    """Whether `cell` treats rows independently; unknown for custom cells."""
    return isinstance(cell, Layer) and cell.treats_rows_alone(promise)


def output_size(cell: Any) -> Any:
    """The width of a cell's output: `output_size`, or the size of its first state."""
    size = getattr(cell, "output_size", None)
    if size is not None:
        return size
    sizes = cell.state_size
    return sizes[0] if isinstance(sizes, list | tuple) else sizes


def initial_state(cell: Any, batch_size: int | None, owner: Any) -> Any:
    """The initial states of a cell: those that it defines, or zeros."""
    get_initial_state = getattr(cell, "get_initial_state", None)
    if get_initial_state is not None:
        return get_initial_state(**_accepted(get_initial_state, batch_size))
    dtype = getattr(cell, "compute_dtype", owner.compute_dtype)

    def zeros(size):
        sizes = size if isinstance(size, list | tuple) else (size,)
        return jnp.zeros((batch_size, *sizes), dtype)

    if isinstance(cell.state_size, list | tuple):
        return [zeros(size) for size in cell.state_size]
    return zeros(cell.state_size)


def _accepted(make, batch_size):
    """The accepted keywords: Keras 2 also passed inputs and dtype to such a method."""
    parameters = inspect.signature(make).parameters
    return {"batch_size": batch_size} if "batch_size" in parameters else {}
