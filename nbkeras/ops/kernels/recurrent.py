"""The loop over time of recurrent layers: one `lax.scan`, with masks and direction.

Arrays are time-major here, (steps, batch, ...): each iteration reads one contiguous
slice.
"""

import jax
import jax.numpy as jnp
from jax import lax

from nbkeras.ops.kernels import eager_loops


def over_time(
    step,
    inputs,
    states,
    mask=None,
    *,
    reverse=False,
    zero_masked=False,
    outputs=True,
    unroll=False,
    output_of=None,
):
    """Run `step` over the first axis of `inputs`.

    A masked step leaves the states unchanged. Its output repeats that of the previous
    step, which is taken to be the first state.

    Args:
        step: (states, input) -> (new states, output, extra); the states keep
            their structure.
        inputs: tree of arrays (steps, batch, ...).
        states: tree of arrays (batch, ...), those before the first step.
        mask: (batch, steps), False for steps to leave out; None for none.
        reverse: iterate from the last step to the first.
        zero_masked: the output of a masked step is zero.
        outputs: False discards the outputs; the second result is then None.
        unroll: unroll the loop.
        output_of: (states) -> the output that belongs to them, if it is not the first
            state.

    Returns:
        (states after the last step, outputs (steps, batch, ...) in the order in which
        they were computed, extras (steps, ...)).

    >>> add = lambda state, x: (state + x, state + x, None)
    >>> state, sums, _ = over_time(add, jnp.ones((3, 2)), jnp.zeros(2))
    >>> sums[:, 0].tolist()
    [1.0, 2.0, 3.0]
    """
    output_of = output_of or _first
    present = None if mask is None else jnp.swapaxes(_of_steps(mask), 0, 1)

    def turn(states, step_inputs):
        x, here = step_inputs
        new, y, beside = step(states, x)
        if here is not None:
            before = jnp.zeros_like(y) if zero_masked else output_of(states)
            y = _where(here, y, before) if outputs else y
            new = jax.tree.map(lambda a, b: _where(here, a, b), new, states)
        return new, (y if outputs else None, beside)

    steps = jax.tree.leaves(inputs)[0].shape[0]

    def loop(states, inputs, present):
        return lax.scan(
            turn,
            states,
            (inputs, present),
            reverse=reverse,
            unroll=max(steps, 1) if unroll else 1,
        )

    states, (ys, beside) = eager_loops.run(loop, states, inputs, present)
    if reverse and outputs:
        ys = jnp.flip(ys, 0)
    return states, ys, beside


def _of_steps(mask):
    """A mask of whole steps: a step is valid if any of its entries is."""
    mask = mask.astype(bool)
    return mask if mask.ndim == 2 else mask.any(axis=tuple(range(2, mask.ndim)))


def _where(here, new, old):
    return jnp.where(here.reshape(-1, *(1,) * (new.ndim - 1)), new, old)


def _first(states):
    return jax.tree.leaves(states)[0]
