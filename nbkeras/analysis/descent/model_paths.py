"""Paths of a model's weights during training, projected onto a plane."""

from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.analysis.descent import training_access
from nbkeras.analysis.descent.paths import Path
from nbkeras.train.control import Control

SNAPSHOTS = 40


@dataclass(frozen=True)
class ModelPath(Path):
    """A path of n training steps, in the coordinates of a plane through the weights.

    `positions` are projections onto the plane, `losses` are those of the actual weights
    on the sample, and `gradients` are the components of the gradients in the plane.

    Args:
        batch_losses: (n,), loss of each step's batch.
        gradient_norms: (n,), norm of the whole gradient.
        step_norms: (n,), norm of the weight update.
        weight_norms: (n + 1,), norm of the weights.
        away: (n + 1,), distance of the weights from the plane.
        snapshots: [{path: array}], the weights at some of the steps.
    """

    batch_losses: np.ndarray = None
    gradient_norms: np.ndarray = None
    step_norms: np.ndarray = None
    weight_norms: np.ndarray = None
    away: np.ndarray = None
    snapshots: tuple = ()


class PathRecorder:
    """Train copies of a model's weights and record their positions on a plane.

    Args:
        model: built and compiled; it is not changed.
        sample: a Sample, for the losses.
        batches: () -> iterator of (batch, rows), the same at each call.
        state: {path: array}, the initial non-trainable weights.
    """

    def __init__(self, model, sample, batches, state):
        self.model, self.sample, self.batches, self.state = (
            model,
            sample,
            batches,
            state,
        )
        self._steps = {}
        self._measure = training_access.compiled(self._measurements)

    def walk(self, plane, run, start, steps, *, seed=0, control=None, watch=None):
        """Train with a run's optimizer, starting from a point of the plane.

        Args:
            plane: a Plane.
            run: an OptimizerRun.
            start: (a, b).
            steps: number of steps.
            seed: seed of dropout and other random layers.
            control: a Control that may stop the training.
            watch: (fraction done) -> None, called after each step.

        Returns:
            A ModelPath.
        """
        optimizer, control = run.optimizer(), control or Control()
        projection = jax.device_put(
            (
                plane.origin,
                plane.directions,
                np.linalg.inv(plane.gram()).astype(np.float32),
            )
        )
        rule = recording(optimizer.transformation(), projection)
        params = jax.tree.map(jnp.asarray, plane.at(np.float32(start)))
        cell = training_access.cell_of(self.model, params, self.state, rule, seed)
        step = self._step_for(run, optimizer, rule)
        records, snapshots = [self._record(cell, projection)], [self._snapshot(cell)]
        every = max(1, -(-steps // SNAPSHOTS))
        events = training_access.step_events(
            cell,
            step,
            self.batches(),
            steps,
            self.model.compiled_objective.init,
            control,
        )
        for done, event in enumerate(events, start=1):
            records.append(self._record(cell, projection, event.logs["loss"]))
            cell.reset_metrics(self.model.compiled_objective.init())
            if done % every == 0 or done == steps:
                snapshots.append(self._snapshot(cell))
            if watch:
                watch(done / steps)
            if not np.isfinite(records[-1]["position"]).all():
                control.stop()
        return _path(jax.device_get(records), tuple(snapshots), optimizer)

    def _step_for(self, run, optimizer, rule):
        """The compiled step of a kind of optimizer; the learning rate is an input."""
        key = repr(replace(run, lr=0.0))
        if key not in self._steps:
            self._steps[key] = training_access.step_with(self.model, rule)
        return self._steps[key]

    def _record(self, cell, projection, loss=None):
        params, state, opt = cell.ts.params, cell.ts.state, cell.ts.opt
        measured = self._measure(params, state, projection, self.sample.data)
        # Copy before the next step donates the buffers; `measured` was just computed.
        last = jax.tree.map(jnp.copy, opt["record"])
        return {**jax.device_get(measured), **last, "batch_loss": loss}

    def _measurements(self, params, state, projection, data):
        origin, directions, inverse = projection
        away = jax.tree.map(jnp.subtract, params, origin)
        along = jnp.stack([_inner(away, d) for d in directions])
        place = inverse @ along
        far = jnp.maximum(_inner(away, away) - place @ along, 0.0)
        return {
            "position": place,
            "away": jnp.sqrt(far),
            "norm": jnp.sqrt(_inner(params, params)),
            "loss": self.sample.loss({**params, **state}, data),
        }

    def _snapshot(self, cell):
        return {path: np.array(value) for path, value in cell.ts.params.items()}


def recording(rule, projection):
    """Wrap an optax transformation so that its state records each step for the lab.

    Args:
        rule: the transformation.
        projection: (origin, two directions, inverse of their Gram matrix).
    """
    import optax

    _, directions, inverse = projection

    def init(params):
        no_step = {
            "gradient": jnp.zeros(()),
            "length": jnp.zeros(()),
            "along": jnp.zeros(2),
        }
        plane = jax.tree.map(jnp.array, (directions, inverse))
        return {"rule": rule.init(params), "record": no_step, "plane": plane}

    def update(grads, state, params):
        changes, after = rule.update(grads, state["rule"], params)
        directions, inverse = state["plane"]
        along = inverse @ jnp.stack([_inner(grads, d) for d in directions])
        record = {
            "gradient": jnp.sqrt(_inner(grads, grads)),
            "length": jnp.sqrt(_inner(changes, changes)),
            "along": along,
        }
        return changes, {"rule": after, "record": record, "plane": state["plane"]}

    return optax.GradientTransformation(init, update)


def _inner(one, other):
    return sum(jnp.vdot(one[path], other[path]) for path in one)


def _path(records, snapshots, optimizer):
    def column(name, begin=0):
        return np.array([record[name] for record in records[begin:]], np.float32)

    positions = column("position")
    steps = len(records) - 1
    ended = not np.isfinite(positions[-1]).all()
    return ModelPath(
        positions=positions,
        losses=column("loss"),
        gradients=column("along", 1).reshape(steps, 2),
        rates=np.full(steps, float(optimizer.learning_rate), np.float32),
        diverged=steps if ended else None,
        batch_losses=column("batch_loss", 1),
        gradient_norms=column("gradient", 1),
        step_norms=column("length", 1),
        weight_norms=column("norm"),
        away=column("away"),
        snapshots=snapshots,
    )
