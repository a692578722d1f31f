"""`steps_per_execution`: how many short steps are sent to the device in one call."""

import math

import jax

from nbkeras.core import check
from nbkeras.data.batches import has_random_sizes
from nbkeras.distribution import parallel
from nbkeras.ops.kernels import lowering
from nbkeras.train.multi_step import MultiStepDispatch

# Below this many multiply-adds and weights, dispatch takes as long as the computation.
MAX_MULTIPLY_ADDS = 5e6
MAX_WEIGHTS = 5e5


def checked_steps_per_execution(steps_per_execution):
    """The validated argument of `compile`: "auto" or a positive integer."""
    if steps_per_execution == "auto":
        return "auto"
    name = "steps_per_execution"
    return check.positive_int("compile", name, steps_per_execution, example="'auto'")


def multi_step_dispatch(model, plan, prepared, callbacks):
    """`MultiStepDispatch` for a fit, or None for one step at a time.

    Args:
        model: compiled and built.
        plan: its FitPlan.
        prepared: the `PreparedBatches` of its data.
        callbacks: its CallbackSink.

    Keras's default of 1 counts as "auto", because the batch hooks of callbacks are
    called for each step either way. If a callback may react to single steps, short
    steps are run by the same compiled function one at a time, so that results are
    bit-identical. On several devices, and for batches of random size, all steps run
    one at a time.
    """
    if parallel.distribution() is not None or has_random_sizes(plan.train):
        return None
    steps_per_execution = model._steps_per_execution
    is_short = lowering.rewrites() and _is_short(model, prepared.size)
    if not _has_equal_batches(plan.train, prepared) or (
        not is_short and steps_per_execution in ("auto", 1)
    ):
        return None
    one_by_one = callbacks.wants_train_batches or any(map(_steers, plan.sinks))
    if one_by_one and not is_short:
        return None
    fixed_steps = None if steps_per_execution in ("auto", 1) else steps_per_execution
    return MultiStepDispatch(
        model._compiled_steps.get("multi_step"),
        1 if one_by_one else fixed_steps,
        fixed_steps,
    )


def _steers(sink):
    """Whether an observer may change the run between two steps; a display does not."""
    return hasattr(sink, "attach") and not getattr(sink, "is_display", False)


def _has_equal_batches(batches, prepared):
    """Whether the data is in memory as arrays, in batches of equal size."""
    data = getattr(batches, "data", None)
    if data is None:
        return False
    rows = jax.tree.leaves(data)[0].shape[0]
    return prepared.pads or rows % prepared.size == 0


def _is_short(model, rows):
    weights = sum(math.prod(weight.shape) for weight in model.weights)
    return weights <= MAX_WEIGHTS and rows * _multiply_adds(model) <= MAX_MULTIPLY_ADDS


def _multiply_adds(model):
    """Estimated multiply-adds of one row's forward pass; infinite if unknown."""
    total = 0
    for layer in model.walk():
        for weight in layer.own_weights():
            if len(weight.shape) < 2:
                continue
            shape = layer.__dict__.get("_output_shape")
            if not isinstance(shape, tuple) or not all(
                isinstance(size, int) for size in shape[1:]
            ):
                return math.inf
            # Each output value uses all weights of one output channel.
            total += math.prod(shape[1:]) * math.prod(weight.shape[:-1])
    return total
