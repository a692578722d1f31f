"""Recurrent layers: prepare the loop over time in the fastest form for each cell.

The loop itself is in `ops/kernels/recurrent.py`.
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.layers.recurrent.cell_base import Cell, DenseCell
from nbkeras.layers.recurrent.stacked import StackedRNNCells, step_of
from nbkeras.ops.kernels import lowering, recurrent


def run(
    layer: Any,
    x: jax.Array,
    states: Any,
    mask: Any,
    training: bool,
    constants: list[jax.Array] | None = None,
) -> Any:
    """Run the loop; returns (last states, outputs of all steps or of the last)."""
    cell = layer.cell
    if isinstance(cell, StackedRNNCells) and all(map(_is_split, cell.cells)):
        return _run_stack(layer, cell, x, states, mask, training)
    if _is_split(cell):
        return _run_split(
            layer,
            cell,
            x,
            states,
            mask,
            training,
            sequences=layer.return_sequences,
            zero_masked=layer.zero_output_for_mask,
        )
    return _run_any(layer, cell, x, states, mask, training, constants)


def _run_stack(layer, stack, x, states, mask, training):
    """Run stacked cells one after another over all steps."""
    last_states = []
    for cell, cell_states in zip(stack.cells, states, strict=True):
        is_last = len(last_states) == len(stack.cells) - 1
        new_states, x = _run_split(
            layer,
            cell,
            x,
            cell_states,
            mask,
            training,
            sequences=layer.return_sequences or not is_last,
            zero_masked=layer.zero_output_for_mask and is_last,
            reverse=layer.go_backwards and not last_states,
        )
        if layer.go_backwards and mask is not None and not last_states:
            mask = jnp.flip(mask, 1)
        last_states.append(new_states)
    return last_states, x


def _run_split(
    layer,
    cell,
    x,
    states,
    mask,
    training,
    *,
    sequences,
    zero_masked,
    reverse=None,
):
    """Run a built-in cell.

    The inputs of all steps are projected at once; in the steps of `fit` on CPU in the
    loop, step by step.
    """
    first = jax.tree.leaves(states)[0]
    masks = cell.draw_dropout(x[0], first, training)
    # The last output is the first state, unless a mask sets it to zero.
    returns_outputs = sequences or (zero_masked and mask is not None)

    # With gradients, those of the projections of all steps would be written and read.
    is_inside = isinstance(cell, DenseCell) and lowering.writes_gradients()

    def step(before, z):
        z = cell.project(z, masks) if is_inside else z
        after = _cast_like(cell.advance(z, before, masks), before)
        return after, after[0], None

    outputs: Any
    after, outputs, _ = recurrent.over_time(
        step,
        x if is_inside else cell.project(x, masks),
        tuple(states),
        mask,
        reverse=layer.go_backwards if reverse is None else reverse,
        zero_masked=zero_masked,
        outputs=returns_outputs,
        unroll=layer.unroll,
    )
    if not sequences:
        outputs = outputs[-1] if returns_outputs else after[0]
    return list(after), outputs


def _run_any(layer, cell, x, states, mask, training, constants):
    """Run any cell step by step, with a separate key and losses for each step."""
    context, step_function = layer._context, step_of(cell)
    if constants is not None:
        step_function = functools.partial(step_function, constants=constants)
    if context.building:
        step_function(x[0], states)  # builds layers within the cell outside of the loop
    _fix_dropout(cell, states, training)
    key, losses = context.key, context.losses

    def step(before, numbered_inputs):
        number, inputs = numbered_inputs
        context.losses = []
        if key is not None:
            context.key = jax.random.fold_in(key, number)
        y, after = step_function(inputs, before)
        after = list(after) if isinstance(after, list | tuple) else [after]
        added = sum(context.losses) if context.losses else None
        return _cast_like(after, before), y, added

    outputs: Any
    try:
        states, outputs, added = recurrent.over_time(
            step,
            (jnp.arange(x.shape[0]), x),
            states,
            mask,
            reverse=layer.go_backwards,
            zero_masked=layer.zero_output_for_mask,
            unroll=layer.unroll,
            output_of=_output_of_last if isinstance(cell, StackedRNNCells) else None,
        )
    finally:
        context.key, context.losses = key, losses
        _fix_dropout(cell, None, training)
    if added is not None:
        losses.append(jnp.sum(added))
    return states, (outputs if layer.return_sequences else outputs[-1])


def _output_of_last(states):
    """The first state of the last cell of a stack."""
    return jax.tree.leaves(states[-1])[0]


def _is_split(cell):
    """Whether `cell` implements `project` and `advance`."""
    return isinstance(cell, Cell) and type(cell).call is Cell.call


def _cast_like(after, before):
    """Cast new states to the dtypes of the previous ones, as a loop requires."""
    return jax.tree.map(lambda a, b: jnp.asarray(a, b.dtype), after, before)


def _fix_dropout(cell, states, training):
    """Draw the dropout masks of built-in cells once for the whole loop.

    With `states=None`, cells draw a mask for each step again.
    """
    if isinstance(cell, StackedRNNCells):
        for i, inner_cell in enumerate(cell.cells):
            _fix_dropout(inner_cell, None if states is None else states[i], training)
    elif isinstance(cell, DenseCell):
        cell._dropout_masks = None
        if states is not None:
            state = jax.tree.leaves(states)[0]
            size = (state.shape[0], cell.kernel.shape[0])
            inputs = jax.ShapeDtypeStruct(size, state.dtype)
            cell._dropout_masks = cell.draw_dropout(inputs, state, training)
