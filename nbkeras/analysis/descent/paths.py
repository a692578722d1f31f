"""Paths of optimizers: positions recorded while the train loop of `fit` runs."""

import json
from dataclasses import dataclass, field
from typing import Any

import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from nbkeras import optimizers
from nbkeras.analysis.descent import training_access
from nbkeras.analysis.descent.problems import Problem
from nbkeras.core.serialization.configurable import to_config
from nbkeras.optimizers import Optimizer
from nbkeras.train.control import Control

# Compiled steps cached per problem: for six runs and recent slider values.
KEPT_STEPS = 48


@dataclass(frozen=True)
class Path:
    """An optimizer's path of n steps in d parameters; all arrays are float32.

    Args:
        positions: (n + 1, d), beginning with the start.
        losses: (n + 1,), loss at each position, over all data and without noise.
        gradients: (n, d), gradient that the optimizer received, including noise.
        memory: {slot: (n + 1, d)}, the optimizer's state before the first step and
            after each step.
        rates: (n,), learning rate of each step.
        diverged: number of the step (from 1) that left the range of float32, or None.
    """

    positions: np.ndarray
    losses: np.ndarray
    gradients: np.ndarray
    memory: dict = field(default_factory=dict)
    rates: np.ndarray | None = None
    diverged: int | None = None

    def __len__(self):
        """Number of steps."""
        return len(self.gradients)

    @property
    def moves(self) -> np.ndarray:
        """(n, d): the displacement of each step."""
        return np.diff(self.positions, axis=0)


def walk(
    problem: Problem,
    optimizer: str | Optimizer,
    start: ArrayLike | None = None,
    steps: int = 100,
    *,
    noise: float = 0.0,
    batch_size: int | None = None,
    seed: int = 0,
) -> Path:
    """Minimise a problem from `start` and record the optimizer's path.

    The optimizer's own update rule runs in the train loop of `fit`; the optimizer
    itself is not changed.

    Args:
        problem: a Problem.
        optimizer: an Optimizer, or a value that `optimizers.get` accepts.
        start: initial value of each parameter; None for the problem's own.
        steps: number of steps; a path ends early if it leaves the range of float32.
        noise: standard deviation of the noise added to each gradient (functions).
        batch_size: points per step (linear regression); all if None.
        seed: seed of the noise and of the batches.

    Returns:
        A Path.
    """
    optimizer = optimizers.get(optimizer)
    start = problem.start if start is None else start
    params = {"place": jnp.asarray(start, jnp.float32)}
    step, rule = step_for(problem, optimizer), recording(optimizer.transformation())
    cell, control = training_access.problem_cell(params, rule), Control()
    batches = problem.batches(noise, batch_size, seed)
    fresh = training_access.LAST_LOSS.init
    records = [_record(cell)]
    for _ in training_access.step_events(cell, step, batches, steps, fresh, control):
        records.append(_record(cell))
        if not np.isfinite(records[-1][0]).all():
            control.stop()
    names = _slot_names(cell.ts.opt["rule"], records[0][0].shape)
    return _path(problem, optimizer, names, records, steps)


def step_for(problem: Any, optimizer: Any):
    """The jitted train step of an optimizer on a problem; the rate is an input."""
    key = _key(optimizer)
    steps = problem.steps
    if key not in steps:
        rule = recording(optimizer.transformation())
        steps[key] = training_access.problem_step(problem, rule)
        while len(steps) > KEPT_STEPS:
            steps.popitem(last=False)
    steps.move_to_end(key)
    return steps[key]


def recording(rule: Any):
    """Wrap an optax transformation so that its state also records each step.

    `record` is (1 + slots, d): the gradient of the step and the slots after it, in one
    array, so that one transfer per step is enough.
    """
    import optax

    def init(params):
        state = rule.init(params)
        no_gradient = jnp.zeros_like(params["place"])
        return {"rule": state, "record": _stacked(no_gradient, state)}

    def update(grads, state, params):
        changes, after = rule.update(grads, state["rule"], params)
        return changes, {"rule": after, "record": _stacked(grads["place"], after)}

    return optax.GradientTransformation(init, update)


def _stacked(gradient, state):
    slots = state.get("slots", {})
    values = [slots[name]["place"] for name in _slot_names(state, gradient.shape)]
    return jnp.stack([gradient, *values])


def _slot_names(state, shape):
    """Names of the slots with one number per parameter, in order."""
    slots = state.get("slots", {})
    return sorted(name for name, of in slots.items() if of["place"].shape == shape)


def _record(cell):
    """(position, record), copied before the next step donates the buffers."""
    return np.asarray(cell.ts.params["place"]).copy(), np.asarray(
        cell.ts.opt["record"]
    ).copy()


def _path(problem, optimizer, names, records, steps):
    positions = np.stack([place for place, _ in records])
    recorded = np.stack([record for _, record in records])
    # Pad to a fixed number of rows, so that all paths share one compilation.
    padded = np.concatenate(
        [positions, positions[-1:].repeat(steps + 1 - len(positions), 0)]
    )
    rates = [float(optimizer.learning_rate)] * (len(records) - 1)
    if optimizer.rate_schedule is not None:
        rates = [float(optimizer.rate_schedule(i)) for i in range(len(rates))]
    ended = not np.isfinite(positions[-1]).all()
    return Path(
        positions=positions,
        losses=problem.values(padded)[: len(positions)],
        gradients=recorded[1:, 0],
        memory={name: recorded[:, 1 + i] for i, name in enumerate(names)},
        rates=np.array(rates, np.float32),
        diverged=len(positions) - 1 if ended else None,
    )


def _key(optimizer):
    """Cache key of a compiled step: all settings except a constant learning rate."""
    if isinstance(optimizer, optimizers.OptaxOptimizer):
        return id(optimizer)
    config = to_config(optimizer)
    if optimizer.rate_schedule is None:
        config = {**config, "config": {**config["config"], "learning_rate": None}}
    return json.dumps(config, sort_keys=True, default=repr)
