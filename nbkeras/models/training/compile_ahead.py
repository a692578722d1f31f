"""Compile the steps of fit, evaluate and predict ahead of time, on a thread."""

from typing import Any, Protocol, TypeGuard

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.callbacks.event_adapter import CallbackSink
from nbkeras.core import check
from nbkeras.core.names.display_name import quoted
from nbkeras.data import adapters, array_conversion
from nbkeras.data.array_batches import ArrayBatches
from nbkeras.distribution import parallel
from nbkeras.layers.engine import text_ids
from nbkeras.models.graph import graph_of
from nbkeras.models.training.batch_preparation import PreparedBatches, check_inputs
from nbkeras.models.training.fit_plan import FitPlan, checked_batch_size
from nbkeras.models.training.objective import outputs_of
from nbkeras.models.training.steps.compiled_steps import structure
from nbkeras.models.training.steps.own_step_probe import (
    settle_evaluation,
    settle_prediction,
    settle_training,
)
from nbkeras.models.training.steps.steps_per_execution import multi_step_dispatch
from nbkeras.models.training.weight_checkout import first_state
from nbkeras.train.background_compile import Compiling, Job
from nbkeras.train.control import Control

TASKS = ("fit", "evaluate", "predict")
# Losses whose targets are class numbers, not arrays like the output.
SPARSE_LOSSES = ("sparse_categorical_crossentropy",)


def compile_ahead(model, x, y, batch_size, tasks):
    """Compile on a thread; see `Model.compile_ahead`."""
    owner = "compile_ahead"
    tasks = [tasks] if isinstance(tasks, str) else list(tasks)
    for task in tasks:
        check.choice(owner, "tasks", task, TASKS)
    size = checked_batch_size("batch_size", batch_size, owner) or adapters.BATCH_SIZE
    batches = _expected_batches(model, x, y, size, set(tasks) != {"predict"})
    jobs = [_JOBS[task](model, batches) for task in tasks]
    return Compiling(jobs).start()


def compile_validation(model, prepared):
    """Compile the validation step for `prepared`, unless it is compiled already."""
    if not model._compiled_steps.get("eval")._cache_size():
        Compiling([_eval_job(model, prepared)]).start()


def settle_objective(model):
    """Settle losses and metrics before data is available, for a model with `Input`."""
    objective = model._objective
    has_input = graph_of(model) is not None or getattr(model, "_input", None)
    if objective.settled or not has_input or not model.built:
        return
    output = jax.tree.map(_of_one_row, model.output)
    names = outputs_of(model, output)
    objective.assign_outputs(names)
    objective.settle_ahead(_targets(objective, output), output, names)


def _of_one_row(tensor):
    """The shape and dtype of one row; unknown sizes count as 1."""
    shape = tuple(1 if size is None else size for size in tensor.shape)
    return jax.ShapeDtypeStruct(shape, text_ids.computed(tensor.dtype))


def _expected_batches(model, x, y, size, loss):
    """Placeholder batches of the expected shapes; builds the model for these."""
    x, rows = (_inputs(model), size) if x is None else (_example(x, "x"), _rows(x))
    check_inputs(model, x, "compile_ahead")
    model.run_seed()  # drawn before the weights, as in fit
    model.build_for(x)
    x = _repeated(x, rows)
    objective = model._objective
    if not loss:
        return ArrayBatches(x, batch_size=size)
    output = model._compiled_steps.output_of(x)
    names = outputs_of(model, output)
    objective.assign_outputs(names)
    y = _repeated(_targets(objective, output) if y is None else _example(y, "y"), rows)
    if not objective.settled:
        objective.settle_ahead(y, output, names)
    return ArrayBatches(x, y, batch_size=size)


def _inputs(model):
    """One example with the shape of the model's `Input`."""
    if graph_of(model) is None and getattr(model, "_input", None) is None:
        raise ValueError(
            f"compile_ahead cannot know the input shape of {quoted(model.name)}. Pass "
            "data, compile_ahead(x_train, y_train), or start the model with "
            "Input(shape=(...))."
        )

    def example(tensor):
        if None in tensor.shape[1:]:
            raise ValueError(
                f"compile_ahead cannot know all sizes of the input {tensor.shape}. "
                "Give data: compile_ahead(x_train, y_train)."
            )
        return np.zeros((1, *tensor.shape[1:]), text_ids.computed(tensor.dtype))

    return jax.tree.map(example, model.input)


def _targets(objective, output):
    """Targets of the shape and dtype that each loss expects."""
    targets = [
        None if not head.needs_targets else _target(head, shape)
        for head, shape in zip(objective.heads, jax.tree.leaves(output), strict=True)
    ]
    return targets if len(targets) > 1 else targets[0]


def _target(head, shape):
    if getattr(head.loss_fn, "name", None) in SPARSE_LOSSES:
        return np.zeros((1, *shape.shape[1:-1]), np.int32)
    return np.zeros((1, *shape.shape[1:]), np.float32)


def _example(value, name):
    """The first row of data of any type; zeros for shapes without data."""
    if isinstance(value, dict):
        return {key: _example(part, f"{name}[{key!r}]") for key, part in value.items()}
    if isinstance(value, list | tuple) and any(_has_shape(part) for part in value):
        return type(value)([_example(part, name) for part in value])
    if not hasattr(value, "__getitem__"):
        if _has_shape(value):
            return array_conversion.convert(
                np.zeros((1, *value.shape[1:]), value.dtype), name
            )
        raise TypeError(
            f"compile_ahead({name}=...) needs the shapes and dtypes of arrays, and "
            f"this is a {type(value).__name__}. Give one of its batches."
        )
    return array_conversion.convert(value[:1], name)


def _rows(value):
    if isinstance(value, dict):
        return _rows(next(iter(value.values())))
    if isinstance(value, list | tuple) and any(_has_shape(part) for part in value):
        return _rows(value[0])
    return value.shape[0] if _has_shape(value) else len(value)


class _Shaped(Protocol):
    shape: tuple[int, ...]
    dtype: Any


def _has_shape(value: Any) -> TypeGuard[_Shaped]:
    return hasattr(value, "shape") and hasattr(value, "dtype")


def _repeated(tree, rows):
    """One row repeated `rows` times, as a view without copying."""
    return jax.tree.map(
        lambda a: np.broadcast_to(np.asarray(a)[:1], (rows, *a.shape[1:])), tree
    )


class _UnchangedStep:
    """A step whose tracing fails if the model has changed since its creation."""

    def __init__(self, model, step):
        self._compiled_steps, self._step = model._compiled_steps, step
        self._structure = structure(model)

    def lower(self, *args):
        """Trace the step."""
        with self._compiled_steps.unchanged(self._structure):
            return self._step.lower(*args)


def _job(model, kind, args, prepared):
    step = _UnchangedStep(model, model._compiled_steps.get(kind))
    job = Job(step, args, prepared.shapes)
    model._compiled_steps.ahead[kind] = job
    return job


def _fit_job(model, batches):
    prepared = PreparedBatches(model, batches, batches.peek())
    settle_training(model, prepared.shapes)
    callbacks = CallbackSink((), model, Control())
    multi = multi_step_dispatch(model, FitPlan(batches), prepared, callbacks)
    state = jax.eval_shape(
        lambda values: first_state(model, values), _weight_shapes(model)
    )
    state = parallel.whole(state)
    if multi is None:
        return _job(model, "train", (state, prepared.shapes), prepared)
    return _job(model, "multi_step", (state, multi.shapes(prepared.shapes)), prepared)


def _evaluate_job(model, batches):
    return _eval_job(model, PreparedBatches(model, batches, batches.peek()))


def _eval_job(model, prepared):
    settle_evaluation(model, prepared.shapes)
    sums = parallel.whole(jax.eval_shape(model.first_eval_sums))
    return _job(model, "eval", (_weight_shapes(model), sums, prepared.shapes), prepared)


def _predict_job(model, batches):
    prepared = PreparedBatches(model, batches, batches.peek(), loss=False)
    settle_prediction(model, prepared.shapes[0])
    return _job(model, "predict", (_weight_shapes(model), prepared.shapes[0]), prepared)


def _weight_shapes(model):
    shapes = {
        path: jax.ShapeDtypeStruct(weight.shape, jnp.dtype(weight.dtype))
        for path, weight in model.variables_in_training().items()
    }
    return parallel.whole(shapes)


_JOBS = {"fit": _fit_job, "evaluate": _evaluate_job, "predict": _predict_job}
