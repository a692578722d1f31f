"""A run of the loop without layers: fit a line to three points."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from nbkeras.train import events, loop
from nbkeras.train.control import Control
from nbkeras.train.evaluation import Pass, evaluate
from nbkeras.train.event_dispatch import dispatch_events
from nbkeras.train.history import History
from nbkeras.train.interrupts import Interrupts
from nbkeras.train.state import Cell, TrainState
from nbkeras.train.step import make_eval_step, make_train_step

X = np.array([0.0, 1.0, 2.0], np.float32)
Y = 3 * X + 1


class Applied:
    """What a forward function gives."""

    losses, mask, updates = (), None, {}

    def __init__(self, y):
        self.y = y


class MeanLoss:
    """Running mean of the loss, as the metrics of a step."""

    def init(self):
        return jnp.zeros(2)

    def update(self, sums, loss, y, y_hat, weight, valid, mask=None):
        return sums + jnp.array([loss, 1.0])

    def results(self, sums):
        return {"loss": sums[0] / sums[1]}


def forward(values, x, training, key, valid):
    return Applied(values["slope"] * x + values["offset"])


def mse(y, applied, weight, valid):
    return jnp.mean((applied.y - y) ** 2)


def no_penalty(params):
    return jnp.zeros(())


class Plan(loop.Plan):
    """`steps` batches an epoch, each all three points times `scale(number)`."""

    def __init__(self, epochs=2, steps=3, scale=lambda number: 1.0, validated=False):
        self.epochs, self.steps = epochs, steps
        self.scale, self.validated = scale, validated
        self.open = 0

    def batches(self, epoch, start):
        self.open += 1
        try:
            for number in range(start, self.steps):
                y = Y * self.scale(epoch * self.steps + number)
                yield (X, y.astype(np.float32), None, None), len(X)
        finally:
            self.open -= 1

    def validates(self, epoch):
        return self.validated

    def started(self, seconds):
        return events.FitStarted(seconds, self.epochs, 0, self.steps, ("loss",))


class Line:
    """A run ready to be driven; `events` has what the sinks were told."""

    def __init__(self, plan=None, rate=0.05, interrupts=None, control=None):
        self.plan = plan or Plan()
        self.control = control or Control()
        self.interrupts = interrupts or Interrupts(self.control)
        rule = optax.inject_hyperparams(optax.sgd)(learning_rate=rate)
        params = {"slope": jnp.zeros(()), "offset": jnp.zeros(())}
        self.cell = Cell(
            TrainState(
                params,
                {},
                {"optax": rule.init(params)},
                MeanLoss().init(),
                jax.random.key_data(jax.random.key(0)),
                jnp.zeros((), jnp.int32),
            )
        )
        self.rule = optax.GradientTransformation(
            lambda params: {"optax": rule.init(params)},
            lambda g, s, p: _wrapped(rule, g, s, p),
        )
        self.traces = 0
        self.step = make_train_step(
            self._counted,
            mse,
            no_penalty,
            MeanLoss(),
            self.rule,
            lambda params: params,
            lambda opt: opt["optax"].hyperparams["learning_rate"],
        )
        self.eval_step = make_eval_step(forward, mse, no_penalty, MeanLoss())
        self.events, self.history, self.diverged = [], History(), []

    def _counted(self, *given):
        self.traces += 1
        return forward(*given)

    def set_rate(self, value):
        opt = self.cell.read_opt()
        opt["optax"].hyperparams["learning_rate"] = jnp.float32(value)
        self.cell.write_opt(opt)

    def training(self):
        return loop.Training(
            self.cell,
            self.step,
            self.plan,
            self.control,
            MeanLoss().init,
            self._validate,
            self.set_rate,
            lambda epoch, batch: self.diverged.append((epoch, batch)),
            self.interrupts,
        )

    def _validate(self, at_step):
        batch = ((X, Y, None, None), len(X))
        data = Pass(iter([batch, batch]), self.control, 2, at_step)
        sums = MeanLoss().init()

        def values():
            return {**self.cell.ts.params}

        return (yield from evaluate(values, self.eval_step, data, sums))

    def drive(self, *sinks):
        training = self.training()

        def ended(status, logs, error):
            return events.FitEnded(
                1.0, status, logs, error, training.epochs_done, training.step_number
            )

        return dispatch_events(
            training.run(),
            [*sinks, self.history, self.events.append],
            self.control,
            self.interrupts,
            ended,
        )

    def kinds(self):
        return [type(event).__name__ for event in self.events]

    def params(self):
        return {k: float(v) for k, v in self.cell.values().items()}


def _wrapped(rule, grads, state, params):
    changes, inner = rule.update(grads, state["optax"], params)
    return changes, {"optax": inner}


def by_hand(steps, rate=0.05, scale=lambda number: 1.0):
    """Slope, offset and loss of each step, in float64."""
    slope = offset = 0.0
    losses = []
    for number in range(steps):
        error = slope * X + offset - Y * scale(number)
        losses.append(np.mean(error**2))
        slope -= rate * 2 * np.mean(error * X)
        offset -= rate * 2 * np.mean(error)
    return slope, offset, losses


@pytest.fixture
def line():
    return Line


@pytest.fixture
def plan():
    return Plan


@pytest.fixture
def hand():
    return by_hand
