"""evaluate and predict: one pass through the data, as a stream of events."""

from functools import partial

import jax
import numpy as np

from nbkeras.callbacks.event_adapter import CallbackSink
from nbkeras.core.machine import processes
from nbkeras.distribution import parallel
from nbkeras.models.training import text_inputs
from nbkeras.models.training.batch_preparation import (
    PreparedBatches,
    first_batch,
    prepare,
)
from nbkeras.models.training.displays import observers
from nbkeras.models.training.fit_plan import plan_evaluate, plan_predict
from nbkeras.models.training.frame_columns import in_trained_order
from nbkeras.models.training.steps.own_step_probe import (
    settle_evaluation,
    settle_prediction,
)
from nbkeras.models.training.steps.stateful_steps import StatefulStep
from nbkeras.train import evaluation
from nbkeras.train.control import Control
from nbkeras.train.event_dispatch import dispatch_events
from nbkeras.train.interrupts import interrupts_held


def evaluate(model, arguments):
    """Run `evaluate` with its named `arguments`; returns {metric name: float}."""

    def stream(data, shapes):
        read_values = partial(_current_values, model)
        step = StatefulStep(model, "eval")
        model._compiled_steps.wait_for("eval", shapes)
        settle_evaluation(model, shapes)
        sums = parallel.whole(model.first_eval_sums())
        return _storing_states(step, evaluation.evaluate(read_values, step, data, sums))

    missing = model._objective.takes_missing_targets
    plan = partial(plan_evaluate, missing_targets=missing)
    return _single_pass(model, plan, arguments, stream)


def predict(model, arguments):
    """Run `predict` with its named `arguments`; returns NumPy arrays of all rows."""

    def stream(data, shapes):
        read_values = partial(_current_values, model)
        step = StatefulStep(model, "predict")
        model._compiled_steps.wait_for("predict", shapes)
        settle_prediction(model, shapes[0])
        return _storing_states(step, evaluation.predict(read_values, step, data))

    outputs = _concatenated(_single_pass(model, plan_predict, arguments, stream))
    return text_inputs.restored(model, outputs)


def _current_values(model):
    """{path: array} of all weights, replicated on every device."""
    return parallel.whole(model.current_values())


def _storing_states(step, events):
    """Yield the events, then store the states of stateful layers in the model."""
    result = yield from events
    step.keep()
    step.keep_metrics()
    return result


def _single_pass(model, make_plan, arguments, stream):
    control = Control()
    with interrupts_held(control) as interrupts:
        arguments = text_inputs.numbered(model, arguments)
        plan = make_plan(in_trained_order(model, arguments))
        processes.refuse_after_fork(plan.task)
        loss = plan.task == "evaluate"
        try:
            batch = first_batch(plan.train, plan.task)
            prepare(model, batch, plan.arrays() if loss else None, loss)
            prepared = PreparedBatches(model, plan.train, batch, loss)
            # Callbacks set it to True to end the pass after the current batch.
            stop = "stop_evaluating" if loss else "stop_predicting"
            setattr(model, stop, False)
            data = evaluation.Pass(
                prepared.through(plan.train.epoch(0)),
                control,
                plan.steps,
                rereadable=getattr(plan.train, "rereadable", True),
                interrupts=interrupts,
                is_ended=partial(getattr, model, stop),
            )
            params = {"epochs": 1, "steps": plan.steps, "verbose": plan.verbose}
            callbacks = CallbackSink(plan.callbacks, model, control, params)
            event_sinks = [callbacks, *observers(plan, control, model)]
            return dispatch_events(
                stream(data, prepared.shapes), event_sinks, control, interrupts
            )
        finally:
            plan.close()


def _concatenated(outputs):
    rows = [n for _, n in outputs]
    parts = [jax.tree.map(parallel.to_numpy, y) for y, _ in outputs]
    trimmed = map(evaluation.valid_rows, parts, rows)
    return jax.tree.map(lambda *parts: np.concatenate(parts), *trimmed)
