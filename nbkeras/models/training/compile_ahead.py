"""Steps compiled on a thread before they are needed."""

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.callbacks.event_adapter import CallbackSink
from nbkeras.core import check
from nbkeras.data import adapters, arrays
from nbkeras.data.batches import ArrayBatches
from nbkeras.distribution import parallel
from nbkeras.models.training import argument_checks, data_checks
from nbkeras.models.training.batch_preparation import Feed
from nbkeras.models.training.compiled_steps import structure
from nbkeras.models.training.fit_plan import FitPlan
from nbkeras.models.training.multi_step import stretches
from nbkeras.models.training.objective import outputs_of
from nbkeras.models.training.weight_checkout import first_state
from nbkeras.train.background_compile import Compiling, Job
from nbkeras.train.control import Control

TASKS = ("fit", "evaluate", "predict")
# Losses whose targets are class numbers, not arrays like the output.
NUMBERED = ("sparse_categorical_crossentropy",)


def compile_ahead(model, x, y, batch_size, tasks):
    """Compile on a thread; see `Model.compile_ahead`."""
    owner = "compile_ahead"
    tasks = [tasks] if isinstance(tasks, str) else list(tasks)
    for task in tasks:
        check.choice(owner, "tasks", task, TASKS)
    size = argument_checks.size("batch_size", batch_size, owner) or adapters.BATCH_SIZE
    batches = _supposed(model, x, y, size, set(tasks) != {"predict"})
    jobs = [_JOBS[task](model, batches) for task in tasks]
    return Compiling(jobs).start()


def held_out(model, feed):
    """Compile the evaluation of batches from `feed`, unless it is compiled already."""
    if not model._functions.get("eval")._cache_size():
        Compiling([_eval_job(model, feed)]).start()


def _supposed(model, x, y, size, loss):
    """Batches without numbers of their own; builds the model for them."""
    x, rows = (_inputs(model), size) if x is None else (_example(x, "x"), _rows(x))
    data_checks.inputs(model, x, "compile_ahead")
    model._run_seed()  # drawn before the weights are, as in fit
    model.build_for(x)
    x = _repeated(x, rows)
    objective = model._objective
    if not loss:
        return ArrayBatches(x, batch_size=size)
    output = model._abstract_output(x)
    names = outputs_of(model, output)
    objective.deal(names)
    y = _repeated(_targets(objective, output) if y is None else _example(y, "y"), rows)
    if not objective.settled:
        objective.suppose(y, output, names)
    return ArrayBatches(x, y, batch_size=size)


def _inputs(model):
    """One example like the model's `Input`."""
    if (
        getattr(model, "_graph", None) is None
        and getattr(model, "_input", None) is None
    ):
        raise ValueError(
            f"compile_ahead cannot know the input shape of {model.name!r}. Give data, "
            "compile_ahead(x_train, y_train), or begin the model with "
            "Input(shape=(...))."
        )

    def example(tensor):
        if None in tensor.shape[1:]:
            raise ValueError(
                f"compile_ahead cannot know all sizes of the input {tensor.shape}. "
                "Give data: compile_ahead(x_train, y_train)."
            )
        return np.zeros((1, *tensor.shape[1:]), jnp.dtype(tensor.dtype))

    return jax.tree.map(example, model.input)


def _targets(objective, output):
    """Targets that the losses are likely to meet, one for each output."""
    found = [
        None if not head.counts else _target(head, shape)
        for head, shape in zip(objective.heads, jax.tree.leaves(output), strict=True)
    ]
    return found if len(found) > 1 else found[0]


def _target(head, shape):
    if getattr(head.loss_fn, "name", None) in NUMBERED:
        return np.zeros((1, *shape.shape[1:-1]), np.int32)
    return np.zeros((1, *shape.shape[1:]), np.float32)


def _example(value, name):
    """The first row of data in any form; zeros for shapes without data."""
    if isinstance(value, dict):
        return {key: _example(each, f"{name}[{key!r}]") for key, each in value.items()}
    if isinstance(value, list | tuple) and any(_has_shape(each) for each in value):
        return type(value)([_example(each, name) for each in value])
    if _has_shape(value) and not hasattr(value, "__getitem__"):
        return arrays.convert(np.zeros((1, *value.shape[1:]), value.dtype), name)
    if not hasattr(value, "__getitem__"):
        raise TypeError(
            f"compile_ahead({name}=...) looks at shapes and dtypes of arrays, and this "
            f"is a {type(value).__name__}. Give one of its batches."
        )
    return arrays.convert(value[:1], name)


def _rows(value):
    if isinstance(value, dict):
        return _rows(next(iter(value.values())))
    if isinstance(value, list | tuple) and any(_has_shape(each) for each in value):
        return _rows(value[0])
    return value.shape[0] if _has_shape(value) else len(value)


def _has_shape(value):
    return hasattr(value, "shape") and hasattr(value, "dtype")


def _repeated(tree, rows):
    """The one row `rows` times, without memory of its own."""
    return jax.tree.map(
        lambda a: np.broadcast_to(np.asarray(a)[:1], (rows, *a.shape[1:])), tree
    )


class _AsItIs:
    """A step that is traced only for the model as it was when it was made."""

    def __init__(self, model, step):
        self._functions, self._step = model._functions, step
        self._structure = structure(model)

    def lower(self, *args):
        """The step, traced."""
        with self._functions.as_it_is(self._structure):
            return self._step.lower(*args)


def _job(model, kind, args, feed):
    step = _AsItIs(model, model._functions.get(kind))
    job = Job(step, args, feed.shapes)
    model._functions.ahead[kind] = job
    return job


def _fit_job(model, batches):
    feed = Feed(model, batches, batches.peek())
    none = CallbackSink((), model, Control())
    together = stretches(model, FitPlan(batches), feed, none)
    state = jax.eval_shape(lambda values: first_state(model, values), _values(model))
    state = parallel.whole(state)
    if together is None:
        return _job(model, "train", (state, feed.shapes), feed)
    return _job(model, "stretch", (state, together.shapes(feed.shapes)), feed)


def _evaluate_job(model, batches):
    return _eval_job(model, Feed(model, batches, batches.peek()))


def _eval_job(model, feed):
    sums = parallel.whole(jax.eval_shape(model._objective.init))
    return _job(model, "eval", (_values(model), sums, feed.shapes), feed)


def _predict_job(model, batches):
    feed = Feed(model, batches, batches.peek(), loss=False)
    return _job(model, "predict", (_values(model), feed.shapes[0]), feed)


def _values(model):
    found = {
        path: jax.ShapeDtypeStruct(weight.shape, jnp.dtype(weight.dtype))
        for path, weight in model.weights_by_path().items()
    }
    return parallel.whole(found)


_JOBS = {"fit": _fit_job, "evaluate": _evaluate_job, "predict": _predict_job}
