"""Access to the loop and the train step of `fit` for the rest of this package."""

import copy
from dataclasses import replace

import jax
import jax.numpy as jnp

from nbkeras.models.training.batch_preparation import (
    PreparedBatches,
    first_batch,
    prepare,
)
from nbkeras.models.training.steps.compiled_steps import CompiledSteps
from nbkeras.ops.kernels import lowering
from nbkeras.train import events, loop
from nbkeras.train.control import Control
from nbkeras.train.reused_arrays import ReusingStep
from nbkeras.train.state import Cell, TrainState
from nbkeras.train.step import make_train_step


class LastLoss:
    """Stand-in for metrics that keeps the loss of the latest step only."""

    def init(self):
        """The state before the first step."""
        return jnp.zeros(())

    def update(self, sums, loss, y, y_hat, weight, valid, mask=None):
        """Replace the loss by the latest one."""
        return loss

    def results(self, sums):
        """{"loss": scalar}."""
        return {"loss": sums}


LAST_LOSS = LastLoss()


class _Plan(loop.Plan):
    """A plan of one epoch with a fixed number of steps."""

    def __init__(self, batches, steps):
        self.steps = steps
        self._source = batches

    def batches(self, epoch, start):
        for _, item in zip(range(self.steps), self._source, strict=False):
            yield item


def step_events(cell, step, batches, steps, fresh, control=None):
    """Train for at most `steps` steps, yielding the StepEnded events of fit's loop.

    Between two events the caller may read and replace the state.

    Args:
        cell: a Cell.
        step: a jitted train step.
        batches: iterator of (batch, rows), closed at the end.
        steps: number of steps.
        fresh: () -> running sums, initially zero.
        control: a Control that may end the run.
    """
    plan = _Plan(batches, steps)
    training = loop.Training(cell, step, plan, control or Control(), fresh)
    try:
        for event in training.run():
            if isinstance(event, events.StepEnded):
                yield event
            elif isinstance(event, events.EpochEnded):
                return  # before the loop takes a snapshot that is not needed
    finally:
        if isinstance(step, ReusingStep):
            step.release()


def problem_step(problem, rule):
    """The train step of an optax transformation on a Problem."""
    return make_train_step(
        problem.forward, problem.loss, _no_penalty, LAST_LOSS, rule, _as_they_are
    )


def problem_cell(params, rule):
    """A Cell with `params` {name: scalar} and an initial state of the rule."""
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
    weighting, loss = parts.weighting_and_loss()
    return make_train_step(
        parts.forward,
        loss,
        parts.penalty(),
        model.compiled_objective,
        rule,
        parts.constraint(),
        options=lowering.compiler_options(),
        weighting=weighting,
    )


def loss_of(model):
    """The loss that `evaluate` returns for one batch, as a pure function.

    Returns:
        (values {path: array}, batch) -> scalar, including regularizers.
    """
    parts, objective = model.compiled_steps, model.compiled_objective
    penalty = parts.penalty()

    def loss(values, batch):
        x, y, weight, valid = batch
        # Use a fixed key, so that layers that are random at inference are repeatable.
        applied = parts.forward(values, x, False, jax.random.key(0), valid)
        total, _ = objective.loss(y, applied, weight, valid)
        return sum(applied.losses, start=total + penalty(values))

    return loss


def compiled(function):
    """`function` jitted with the compiler options of `fit`."""
    return jax.jit(function, compiler_options=lowering.compiler_options())


def cell_of(model, params, state, rule, seed):
    """A Cell with these weights and an initial state of an optax transformation."""
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
    """The train step of a model with an optimizer; `fit`'s if it is the model's own."""
    if optimizer is model.optimizer:
        return model.compiled_steps.get("train")
    stand_in = copy.copy(model)
    stand_in.__dict__["optimizer"] = optimizer
    return CompiledSteps(stand_in).get("train")


def model_cell(model, optimizer, seed):
    """A Cell with copies of a model's values; the model is not changed.

    Args:
        model: built and compiled.
        optimizer: its state is copied too, if it has one.
        seed: integer seed of dropout and other random layers.
    """
    paths = model.trainable_flags.trained_paths()
    values = {path: w.value for path, w in model.variables_in_training().items()}
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
    """Build a model for a plan's data, as `fit` does, and return the PreparedBatches.

    Raises:
        ValueError: the data does not fit the model.
    """
    if not model.built:
        # Draw the seed before the weights, as the first fit does.
        model.run_seed()
    head = first_batch(plan.train, owner)
    prepare(model, head, plan.arrays())
    return PreparedBatches(model, plan.train, head)


def endless(batches, feed):
    """All epochs of `batches` in sequence, as (batch, rows)."""
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
    """Set the learning rate of the next step; it is an input, so nothing recompiles."""
    with cell.lock:
        rate = jnp.asarray(value, jnp.float32)
        cell.ts = replace(cell.ts, opt={**cell.ts.opt, "learning_rate": rate})


def _no_penalty(params):
    return jnp.zeros(())


def _as_they_are(params):
    return params
