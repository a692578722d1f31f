"""A session: weights checked out into the training state, and back in, always."""

import time

import jax
import jax.numpy as jnp

from nbkeras.train.state import Cell, TrainState


class Session:
    """Holds a model's values for one fit. Use as a context manager.

    On entry every weight answers from the cell; on exit, whatever happened, it has
    the value of the last completed step.
    """

    def __init__(self, model, donate=True):
        self.model = model
        self.table = model.weights_by_path()
        refuse_if_training(model, self.table)
        self._donate = donate
        self.cell = None

    def __enter__(self):
        model = self.model
        paths = model.trainable_paths()
        values = {path: weight.value for path, weight in self.table.items()}
        params = {path: v for path, v in values.items() if path in paths}
        state = {path: v for path, v in values.items() if path not in paths}
        opt = model.optimizer.init_missing(model.optimizer.state, params)
        ts = TrainState(
            params,
            state,
            opt,
            model._objective.init(),
            jax.random.key_data(jax.random.key(model._run_seed())),
            jnp.asarray(model._steps_done, jnp.int32),
        )
        if self._donate:
            # The weights keep their own arrays, so the step may eat these.
            ts = jax.tree.map(lambda a: jnp.array(a, copy=True), ts)
        self.cell = Cell(ts)
        for path, weight in self.table.items():
            weight.attach(self.cell, path)
        model.optimizer.attach(self.cell.read_opt, self.cell.write_opt)
        model._session = self
        return self.cell

    def __exit__(self, *error):
        ts = self.cell.ts
        lost = any(leaf.is_deleted() for leaf in jax.tree.leaves(ts.params))
        for path, weight in self.table.items():
            home = ts.params if path in ts.params else ts.state
            weight.detach(weight._value if lost else home[path])
        if not lost:
            self.model.optimizer.detach(ts.opt)
            self.model._steps_done += self.cell.steps_done
        else:
            self.model.optimizer.detach(self.model.optimizer._state)
        self.model._session = None


def refuse_if_training(model, table):
    """Raise if a running fit holds one of the weights."""
    for weight in table.values():
        if weight.in_training:
            since = time.monotonic() - weight._live[0].started
            raise RuntimeError(
                f"The weights of {model.name!r} are already in training (started "
                f"{since:.0f} s ago). Wait for that fit to end, or stop it with "
                "model.stop_training = True."
            )
