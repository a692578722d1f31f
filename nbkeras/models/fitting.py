"""fit, evaluate and predict: from settled arguments to a driven event stream."""

import time

import jax
import numpy as np

from nbkeras.callbacks.adapter import CallbackSink
from nbkeras.core import rng
from nbkeras.data.batches import first, pad
from nbkeras.models import checks
from nbkeras.models.session import Session, refuse_if_training
from nbkeras.train import events, loop, sinks
from nbkeras.train.control import Control, interrupts_held
from nbkeras.train.drive import drive
from nbkeras.train.history import History
from nbkeras.train.progress import Progress


def fit(model, plan):
    """Train as `plan` says; returns the History. The model is whole at any end."""
    control = Control()
    with interrupts_held(control):
        run = _Fit(model, plan, control)
        try:
            return run.run()
        finally:
            plan.close()


class _Fit:
    def __init__(self, model, plan, control):
        self.model, self.plan, self.control = model, plan, control
        self.history = History()
        self.history.model = model
        self.initial_epoch = plan.initial_epoch

    def run(self):
        """Prepare (all that can be wrong is found here), then drive."""
        model, plan = self.model, self.plan
        refuse_if_training(model, model.weights_by_path())
        head = _first(plan.train, "fit")
        prepare(model, head, plan.arrays())
        for callback in plan.callbacks:
            if hasattr(callback, "restore"):
                done = callback.restore(model)
                self.initial_epoch = max(self.initial_epoch, done)
        self.feed = Feed(model, plan.train, head)
        model.stop_training = False
        model.history = self.history
        step = model._functions.get("train")
        with Session(model) as cell:
            self.cell = cell
            validate = self._validate if plan.validation is not None else None
            stream = loop.run(
                cell, step, self, self.control, validate, model._objective.init
            )
            drive(stream, self._sinks(), self.control, _ended)
            cell.finish(model.optimizer.finalize)
        return self.history

    # What the loop reads, besides initial_epoch.
    @property
    def epochs(self):
        return self.plan.epochs

    @property
    def steps(self):
        return self.plan.steps

    @property
    def metric_names(self):
        return self.model._objective.names

    def validates(self, epoch):
        return self.plan.validation_epochs(epoch)

    def batches(self, epoch):
        return self.feed.through(self.plan.train.epoch(epoch))

    def _validate(self):
        model, plan = self.model, self.plan
        head = first(plan.validation)
        if head is None:
            return {}
        values = {**self.cell.ts.params, **self.cell.ts.state}
        feed = Feed(model, plan.validation, head)
        return (
            yield from loop.evaluate(
                values,
                model._functions.get("eval"),
                feed.through(plan.validation.epoch(0)),
                self.control,
                model._objective.init(),
                plan.validation_steps,
            )
        )

    def _sinks(self):
        plan, model = self.plan, self.model
        params = {"epochs": plan.epochs, "steps": plan.steps, "verbose": plan.verbose}
        callbacks = CallbackSink(plan.callbacks, model, self.control, params)
        return [callbacks, self.history, *displays(plan.verbose)]


def evaluate(model, plan):
    """Evaluate as `plan` says; returns {name: float}."""
    control = Control()
    with interrupts_held(control):
        try:
            head = _first(plan.train, "evaluate")
            prepare(model, head, plan.arrays())
            feed = Feed(model, plan.train, head)
            stream = loop.evaluate(
                model._current_values(),
                model._functions.get("eval"),
                feed.through(plan.train.epoch(0)),
                control,
                model._objective.init(),
                plan.steps,
            )
            callbacks = CallbackSink(plan.callbacks, model, control)
            return drive(stream, [callbacks, *displays(plan.verbose)], control)
        finally:
            plan.close()


def predict(model, plan):
    """Predict as `plan` says; returns NumPy arrays, the batches joined."""
    control = Control()
    with interrupts_held(control):
        try:
            head = _first(plan.train, "predict")
            prepare(model, head, loss=False)
            feed = Feed(model, plan.train, head, loss=False)
            stream = loop.predict(
                model._current_values(),
                model._functions.get("predict"),
                feed.through(plan.train.epoch(0)),
                control,
                plan.steps,
            )
            callbacks = CallbackSink(plan.callbacks, model, control)
            sinks_ = [callbacks, *displays(plan.verbose)]
            return _joined(drive(stream, sinks_, control))
        finally:
            plan.close()


class Feed:
    """Batches as the steps want them: (x, y, weight, valid) and the number of rows.

    A short batch is filled up to the usual size where padding can be left out of the
    result exactly, so that it needs no second compilation. Where a layer, loss or
    metric is the user's own, which might look across rows, batches stay as they are.
    """

    def __init__(self, model, batches, first, loss=True):
        rows = jax.tree.leaves(first.x)[0].shape[0]
        self.size = max(batches.batch_size or rows, 1)
        independent = all(layer.treats_rows_alone() for layer in model.walk())
        self.pads = independent and (not loss or model._objective.rows_independent)
        self._full = np.ones(self.size, np.float32)

    def through(self, source):
        """Iterate over `source`; closes it at the end."""
        try:
            for batch in source:
                rows, valid = batch.rows, None
                if self.pads:
                    valid = self._full
                    if rows < self.size:
                        batch, valid = pad(batch, self.size)
                    elif rows > self.size:
                        valid = np.ones(rows, np.float32)
                yield (batch.x, batch.y, batch.weight, valid), rows
        finally:
            close = getattr(source, "close", None)
            if close:
                close()


def prepare(model, batch, arrays=None, loss=True):
    """Build the model for a first batch and find what does not fit, before any work.

    Args:
        model: compiled, unless `loss` is False.
        batch: the first batch.
        arrays: (x, y, weight) of all rows, where they are known.
        loss: whether targets and metrics matter.
    """
    checks.inputs(model, batch.x)
    model.build_for(batch.x)
    if not loss:
        return
    objective = model._objective
    output = model._abstract_output(batch.x)
    y = batch.y if arrays is None else arrays[1]
    checks.targets(model, batch.x, y, jax.tree.leaves(output)[0])
    if not objective.settled:
        shape = jax.tree.leaves(output)[0].shape
        y = jax.tree.leaves(batch.y)
        y_shape = tuple(y[0].shape) if y else shape
        objective.settle(y_shape, str(y[0].dtype) if y else "float32", shape)


def _first(batches, owner):
    head = first(batches)
    if head is None:
        raise ValueError(
            f"{owner} got no batch: the data is empty. Give at least one example."
        )
    return head


def displays(verbose):
    """The display sinks that `verbose` asks for, guarded and throttled."""
    if verbose == 0:
        return []
    if verbose == "auto" and sinks.defaults:
        made = [factory() for factory in sinks.defaults]
    else:
        made = [Progress(1 if verbose == "auto" else verbose)]
    return [sinks.Guard(sinks.Throttle(each)) for each in made]


def run_seed(model):
    """The seed of a model's runs: drawn once, then kept with the model."""
    if model._seed is None:
        model._seed = rng.next_seed()
    return model._seed


def _ended(status, logs, error, seconds):
    return events.FitEnded(seconds or time.monotonic() * 0, status, logs, error)


def _joined(outputs):
    rows = [n for _, n in outputs]
    parts = [jax.tree.map(np.asarray, y) for y, _ in outputs]
    cut = [
        jax.tree.map(lambda a, n=n: a[:n], part)
        for part, n in zip(parts, rows, strict=True)
    ]
    return jax.tree.map(lambda *each: np.concatenate(each), *cut)
