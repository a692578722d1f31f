"""Access to the loop and the train step of `fit`; the one place that uses them."""

import copy
from dataclasses import replace

import jax
import jax.numpy as jnp

from nbkeras.models.training.batch_preparation import (
    PreparedBatches,
    first_batch,
    prepare,
)
from nbkeras.models.training.compiled_steps import CompiledSteps
from nbkeras.ops.kernels import lowering
from nbkeras.train import events, loop
from nbkeras.train.control import Control
from nbkeras.train.state import Cell, TrainState
from nbkeras.train.step import make_train_step


class LastLoss:
    """In the place of metrics: the loss of the step, nothing summed."""

    def init(self):
        """No step yet."""
        return jnp.zeros(())

    def update(self, sums, loss, y, y_hat, weight, valid, mask=None):
        """The newest loss alone."""
        return loss

    def results(self, sums):
        """{"loss": scalar}."""
        return {"loss": sums}


LAST_LOSS = LastLoss()


class _Plan(loop.Plan):
    """One epoch of so many steps."""

    def __init__(self, batches, steps):
        self.steps = steps
        self._source = batches

    def batches(self, epoch, start):
        for _, item in zip(range(self.steps), self._source, strict=False):
            yield item


def step_events(cell, step, batches, steps, fresh, control=None):
    """Train for at most `steps` steps; yields the StepEnded events of fit's loop.

    Between two of them the state may be read and replaced: nothing else runs.

    Args:
        cell: a Cell.
        step: a jitted train step.
        batches: iterator of (batch, rows), closed at the end.
        steps: how many.
        fresh: () -> running sums at zero.
        control: a Control that may end the run.
    """
    plan = _Plan(batches, steps)
    training = loop.Training(cell, step, plan, control or Control(), fresh)
    for event in training.run():
        if isinstance(event, events.StepEnded):
            yield event
        elif isinstance(event, events.EpochEnded):
            return  # before a snapshot is taken that nobody needs


def problem_step(problem, rule):
    """The train step of an optax transformation on a Problem."""
    return make_train_step(
        problem.forward, problem.loss, _no_penalty, LAST_LOSS, rule, _as_they_are
    )


def problem_cell(params, rule):
    """A Cell with `params` {name: scalar} and a fresh state of the rule."""
    return Cell(
        TrainState(
            params=params,
            state={},
            opt=rule.init(params),
            metrics=LAST_LOSS.init(),
            seed=jax.random.key_data(jax.random.key(0)),
            step=jnp.zeros((), jnp.int32),
        )
    )


def step_with(model, rule):
    """The train step of a model with another optax transformation."""
    parts = model.compiled_steps
    return make_train_step(
        parts.forward,
        model.compiled_objective.loss,
        parts.penalty(),
        model.compiled_objective,
        rule,
        parts.constraint(),
        options=lowering.compiler_options(),
    )


def loss_of(model):
    """The loss that `evaluate` gives for one batch, as a pure function.

    Returns:
        (values {path: array}, batch) -> scalar; regularisers are in it.
    """
    parts, objective = model.compiled_steps, model.compiled_objective
    penalty = parts.penalty()

    def loss(values, batch):
        x, y, weight, valid = batch
        # A layer that draws also outside of training draws the same each time.
        applied = parts.forward(values, x, False, jax.random.key(0), valid)
        total, _ = objective.loss(y, applied, weight, valid)
        return sum(applied.losses, start=total + penalty(values))

    return loss


def compiled(function):
    """`function` jitted as the steps of `fit` are."""
    return jax.jit(function, compiler_options=lowering.compiler_options())


def cell_of(model, params, state, rule, seed):
    """A Cell with these weights and a fresh state of an optax transformation."""
    ts = TrainState(
        params=params,
        state=state,
        opt=rule.init(params),
        metrics=model.compiled_objective.init(),
        seed=jax.random.key_data(jax.random.key(seed)),
        step=jnp.zeros((), jnp.int32),
    )
    return Cell(ts)


def model_step(model, optimizer):
    """The train step of a model with an optimizer: that of `fit`, if it is its own."""
    if optimizer is model.optimizer:
        return model.compiled_steps.get("train")
    stand_in = copy.copy(model)
    stand_in.__dict__["optimizer"] = optimizer
    return CompiledSteps(stand_in).get("train")


def model_cell(model, optimizer, seed):
    """A Cell with copies of a model's values; the model is left alone.

    Args:
        model: built and compiled.
        optimizer: its state is copied too, as far as it has one.
        seed: of dropout and its like, an integer.
    """
    paths = model.trainable_flags.trained_paths()
    values = {path: w.value for path, w in model.weights_by_path().items()}
    params = {path: v for path, v in values.items() if path in paths}
    ts = TrainState(
        params=params,
        state={path: v for path, v in values.items() if path not in paths},
        opt=optimizer.init_missing(optimizer.state, params),
        metrics=model.compiled_objective.init(),
        seed=jax.random.key_data(jax.random.key(seed)),
        step=jnp.zeros((), jnp.int32),
    )
    return Cell(ts)


def begin(model, plan, owner):
    """Build a model for a plan's data, as `fit` does; returns the PreparedBatches.

    Raises:
        ValueError: the data does not fit the model.
    """
    if not model.built:
        # In a first fit the seed is drawn before the weights are; so it is here.
        model.run_seed()
    head = first_batch(plan.train, owner)
    prepare(model, head, plan.arrays())
    return PreparedBatches(model, plan.train, head)


def endless(batches, feed):
    """All epochs of `batches` one after the other, as (batch, rows)."""
    epoch = 0
    while True:
        empty = True
        for item in feed.through(batches.epoch(epoch)):
            empty = False
            yield item
        if empty:
            return
        epoch += 1


def set_rate(cell, value):
    """Have the next step use a learning rate; it is data, so nothing compiles."""
    with cell.lock:
        rate = jnp.asarray(value, jnp.float32)
        cell.ts = replace(cell.ts, opt={**cell.ts.opt, "learning_rate": rate})


def _no_penalty(params):
    return jnp.zeros(())


def _as_they_are(params):
    return params
