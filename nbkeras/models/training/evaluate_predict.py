"""evaluate and predict: one pass through data, as a driven event stream."""

import jax
import numpy as np

from nbkeras.callbacks.event_adapter import CallbackSink
from nbkeras.distribution import parallel
from nbkeras.models.training.batch_preparation import Feed, first_batch, prepare
from nbkeras.models.training.displays import observers
from nbkeras.models.training.fit_plan import settle_evaluate, settle_predict
from nbkeras.train import evaluation
from nbkeras.train.control import Control
from nbkeras.train.drive import drive
from nbkeras.train.interrupts import interrupts_held


def evaluate(model, given):
    """Evaluate with the arguments `given`; returns {name: float}."""

    def stream(data, shapes):
        step = model._functions.get("eval")
        model._functions.join("eval", shapes)
        values = parallel.whole((model._current_values(), model._objective.init()))
        return evaluation.evaluate(values[0], step, data, values[1])

    return _through(model, settle_evaluate, given, stream)


def predict(model, given):
    """Predict with the arguments `given`; returns NumPy arrays, the batches joined."""

    def stream(data, shapes):
        step = model._functions.get("predict")
        model._functions.join("predict", shapes)
        return evaluation.predict(parallel.whole(model._current_values()), step, data)

    return _joined(_through(model, settle_predict, given, stream))


def _through(model, settle, given, stream):
    control = Control()
    with interrupts_held(control) as interrupts:
        plan = settle(**given)
        loss = plan.task == "evaluate"
        try:
            head = first_batch(plan.train, plan.task)
            prepare(model, head, plan.arrays() if loss else None, loss)
            feed = Feed(model, plan.train, head, loss)
            data = evaluation.Pass(
                feed.through(plan.train.epoch(0)),
                control,
                plan.steps,
                rereadable=getattr(plan.train, "rereadable", True),
                interrupts=interrupts,
            )
            params = {"steps": plan.steps, "verbose": plan.verbose}
            callbacks = CallbackSink(plan.callbacks, model, control, params)
            watching = [callbacks, *observers(plan, control, model)]
            return drive(stream(data, feed.shapes), watching, control, interrupts)
        finally:
            plan.close()


def _joined(outputs):
    rows = [n for _, n in outputs]
    parts = [jax.tree.map(parallel.to_numpy, y) for y, _ in outputs]
    cut = [
        jax.tree.map(lambda a, n=n: a[:n], part)
        for part, n in zip(parts, rows, strict=True)
    ]
    return jax.tree.map(lambda *each: np.concatenate(each), *cut)
