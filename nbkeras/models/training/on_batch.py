"""Single batches: train_on_batch, test_on_batch, predict_on_batch."""

from typing import Any

import jax
import numpy as np

from nbkeras.core.machine import processes
from nbkeras.data.adapters import as_batches
from nbkeras.distribution import parallel
from nbkeras.models.training import private_training, text_inputs
from nbkeras.models.training.batch_preparation import prepare
from nbkeras.models.training.frame_columns import in_trained_order, remember
from nbkeras.models.training.steps.own_step_probe import (
    settle_evaluation,
    settle_prediction,
    settle_training,
    shapes_of,
)
from nbkeras.models.training.steps.stateful_steps import StatefulStep
from nbkeras.models.training.weight_checkout import WeightCheckout
from nbkeras.train.control import Control
from nbkeras.train.events import as_float
from nbkeras.train.interrupts import interrupts_held


def train(model, x, y, sample_weight, class_weight=None) -> dict[str, Any]:
    """Run one optimisation step; returns {name: float} of this batch."""
    if optimizer := private_training.private_optimizer(model):
        raise TypeError(optimizer.only_in_fit())
    with interrupts_held(Control()):
        class_numbers = model._objective.takes_class_numbers
        data = in_trained_order(model, {"x": x, "y": y})
        x, y = data["x"], data["y"]
        batch = _single(model, x, y, sample_weight, class_weight, class_numbers)
        prepare(model, batch)
        remember(model, data)
        settle_training(model, shapes_of(_parts(batch)))
        step = model._compiled_steps.get("train_kept")
        with WeightCheckout(model, donate=False) as cell:
            logs = cell.advance(step, _parts(batch))
    del logs["learning_rate"]
    return {name: as_float(value) for name, value in logs.items()}


def test(model, x, y, sample_weight) -> dict[str, Any]:
    """Compute loss and metrics of one batch."""
    with interrupts_held(Control()):
        data = in_trained_order(model, {"x": x, "y": y})
        batch = _single(model, data["x"], data["y"], sample_weight, owner="evaluate")
        prepare(model, batch)
        settle_evaluation(model, shapes_of(_parts(batch)))
        step = StatefulStep(model, "eval")
        values, sums = parallel.whole((model.current_values(), model.first_eval_sums()))
        _, logs = step(values, sums, _parts(batch))
        step.keep()
        step.keep_metrics()
    return {name: as_float(value) for name, value in logs.items()}


def predict(model, x):
    """Compute the outputs of one batch."""
    with interrupts_held(Control()):
        batch = _single(model, in_trained_order(model, {"x": x})["x"], owner="predict")
        prepare(model, batch, loss=False)
        settle_prediction(model, shapes_of(_parts(batch))[0])
        step = StatefulStep(model, "predict")
        y = step(parallel.whole(model.current_values()), _parts(batch)[0])
        step.keep()
    return text_inputs.restored(model, jax.tree.map(np.asarray, y))


def _parts(batch):
    """The arguments of a step, placed on the devices, without padding."""
    return parallel.whole((batch.x, batch.y, batch.weight, None))


def _single(
    model,
    x,
    y=None,
    sample_weight=None,
    class_weight=None,
    class_numbers=None,
    owner="fit",
):
    """The data as one batch of all rows."""
    processes.refuse_after_fork("train_on_batch, test_on_batch or predict_on_batch")
    if text_inputs.reads_text(model):
        x = text_inputs.numbered_data(x, y)
    first = jax.tree.leaves(x)[0] if not hasattr(x, "shape") else x
    rows = len(x) if not isinstance(x, list | tuple | dict) else len(first)
    batches = as_batches(
        x,
        y,
        sample_weight,
        batch_size=max(rows, 1),
        class_weight=class_weight,
        class_numbers=class_numbers,
        owner=owner,
        raise_nonfinite=owner != "predict",
    )
    return next(iter(batches.epoch(0)))
