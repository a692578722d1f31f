"""Memory and time of each layer of a model, predicted from small batches and measured.

A layer is run by itself, forward and backward as in a training step. A prediction needs
an eighth and half of the batch, and extends a straight line through both.
"""

import time
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.analysis.descent import training_access
from nbkeras.analysis.model_plot.anatomy import anatomy
from nbkeras.layers.input import InputLayer

# A time is the best of several runs, which last at least so long together.
RUN_S, FEWEST_RUNS, MOST_RUNS = 0.1, 5, 200


@dataclass(frozen=True)
class Measurement:
    """Memory and time of one layer for a batch.

    Args:
        memory_bytes: weights, gradients, input, output and temporary arrays.
        seconds: forward and backward.
    """

    memory_bytes: float
    seconds: float


@dataclass(frozen=True)
class LayerMeasurements:
    """One layer of a model.

    Args:
        key: its path in the model.
        kind: name of its class.
        weight_bytes: size of its weights.
        predicted: from small batches.
        measured: with the whole batch; None if that was not asked for.
    """

    key: str
    kind: str
    weight_bytes: int
    predicted: Measurement
    measured: Measurement | None


def measure_layers(
    model: Any, batch_size: int, measure: bool = True
) -> tuple[LayerMeasurements, ...]:
    """Predict and measure each layer of a built model, in the order of execution.

    Layers that cannot run by themselves are left out.

    Args:
        model: a built model.
        batch_size: number of rows.
        measure: whether to run the whole batch, too.
    """
    plan = anatomy(model)
    results = []
    for block in plan.blocks:
        layer = plan.layers[block.key]
        if isinstance(layer, InputLayer) or not _is_known(block.inputs):
            continue
        try:
            run = _Run(layer, block.inputs)
            sizes = [max(batch_size // 8, 1), max(batch_size // 2, 1)]
            small, half, *rest = run.measured([*sizes, *[batch_size] * measure])
            predicted = _extended(sizes, (small, half), batch_size)
            measured = rest[0] if measure else None
        except Exception:  # a custom layer may need more than its inputs
            continue
        results.append(
            LayerMeasurements(
                block.key, block.kind, block.weight_bytes, predicted, measured
            )
        )
    return tuple(results)


class _Run:
    """A layer with its weights, ready to run for any number of rows."""

    def __init__(self, layer, shapes):
        self._layer, self._shapes = layer, shapes
        self._weights = [jnp.asarray(w.value) for w in layer.trainable_variables]
        self._state = [jnp.asarray(w.value) for w in layer.non_trainable_variables]

    def measured(self, sizes):
        """The `Measurement`s for some numbers of rows, which take turns.

        So what else the machine does slows all of them.
        """
        programs = [self._compiled(rows) for rows in sizes]
        times = [[] for _ in sizes]
        began = time.perf_counter()
        while len(times[0]) < MOST_RUNS and (
            len(times[0]) < FEWEST_RUNS or time.perf_counter() - began < RUN_S
        ):
            for (program, arguments), seconds in zip(programs, times, strict=True):
                start = time.perf_counter()
                jax.block_until_ready(program(*arguments))
                seconds.append(time.perf_counter() - start)
        return [
            Measurement(_bytes_of(program), min(seconds))
            for (program, _), seconds in zip(programs, times, strict=True)
        ]

    def _compiled(self, rows):
        """(compiled program, its arguments) for a number of rows, run once."""
        dtype = _input_dtype(self._layer)
        arrays = [_example((rows, *shape[1:]), dtype) for shape in self._shapes]
        arguments = self._weights, self._state, arrays
        program = training_access.compiled(self._step).lower(*arguments).compile()
        jax.block_until_ready(program(*arguments))
        return program, arguments

    def _step(self, weights, state, arrays):
        """The output, and the gradients of its sum."""

        def forward(weights, floats):
            pairs = zip(arrays, floats, strict=True)
            inputs = [whole if part is None else part for whole, part in pairs]
            x = inputs if len(inputs) > 1 else inputs[0]
            return self._layer.stateless_call(weights, state, x)[0]

        floats = [a if jnp.issubdtype(a.dtype, jnp.floating) else None for a in arrays]
        y, pull = jax.vjp(forward, weights, floats)
        return y, pull(jax.tree.map(jnp.ones_like, y))


def _input_dtype(layer):
    is_index = type(getattr(layer, "input_dim", None)) is int
    return "int32" if is_index else layer.compute_dtype


def _example(shape, dtype):
    if np.issubdtype(np.dtype(jnp.dtype(dtype)), np.integer):
        return jnp.zeros(shape, dtype)
    return jax.random.normal(jax.random.key(0), shape, dtype)


def _bytes_of(program):
    memory: Any = program.memory_analysis()
    sizes = (
        memory.argument_size_in_bytes,
        memory.output_size_in_bytes,
        memory.temp_size_in_bytes,
    )
    return float(sum(sizes) - memory.alias_size_in_bytes)


def _extended(sizes, measurements, rows) -> Measurement:
    """A straight line through two measurements of smaller batches, at `rows`."""
    (low, high), (small, large) = sizes, measurements
    if high == low:
        return Measurement(large.memory_bytes, large.seconds)
    factor = (rows - low) / (high - low)

    def line(start, end):
        return start + factor * max(end - start, 0)

    return Measurement(
        line(small.memory_bytes, large.memory_bytes), line(small.seconds, large.seconds)
    )


def _is_known(shapes):
    return bool(shapes) and all(
        isinstance(size, int) for shape in shapes for size in shape[1:]
    )
