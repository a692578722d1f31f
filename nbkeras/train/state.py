"""One immutable TrainState, and the one cell that holds the newest."""

import threading
import time
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class TrainState:
    """Everything that a step reads and replaces.

    Args:
        params: {path: array}, what the optimizer changes.
        state: {path: array}, frozen weights and running statistics.
        opt: the optimizer's state, a dict of arrays.
        metrics: running sums of the epoch.
        seed: uint32 (2,), data of the run's random key.
        step: int32 (), steps taken since the model was compiled.
    """

    params: dict
    state: dict
    opt: dict
    metrics: Any
    seed: Any
    step: Any


class Cell:
    """Holds the newest TrainState; every change replaces it whole, at a step edge.

    The step donates the old buffers, so nobody may keep an array of the state:
    `read` gives copies, under a lock, from any thread.
    """

    def __init__(self, ts):
        self.ts = ts
        self.lock = threading.RLock()
        self.started = time.monotonic()
        self.steps_done = 0

    def advance(self, step, batch):
        """Run one step and swap the state; returns the step's logs."""
        with self.lock:
            self.ts, logs = step(self.ts, batch)
            self.steps_done += 1
        return logs

    def read(self, path):
        """A copy of one weight as of the last completed step."""
        with self.lock:
            return jnp.array(self._home(path)[path], copy=True)

    def write(self, path, value):
        """Replace one weight; takes effect from the next step on."""
        with self.lock:
            part = "params" if path in self.ts.params else "state"
            changed = {**getattr(self.ts, part), path: jnp.array(value, copy=True)}
            self.ts = replace(self.ts, **{part: changed})

    def read_opt(self):
        """A copy of the optimizer's state."""
        with self.lock:
            return jax.tree.map(lambda a: jnp.array(a, copy=True), self.ts.opt)

    def write_opt(self, opt):
        """Replace the optimizer's state."""
        with self.lock:
            self.ts = replace(self.ts, opt=opt)

    def values(self):
        """Copies of all weights, {path: array}, of one and the same step."""
        with self.lock:
            both = {**self.ts.params, **self.ts.state}
            return jax.tree.map(lambda a: jnp.array(a, copy=True), both)

    def finish(self, finalize):
        """At the end of a fit: `finalize(params, opt) -> params`."""
        with self.lock:
            params = finalize(self.ts.params, self.ts.opt)
            self.ts = replace(self.ts, params=params)

    def reset_metrics(self, fresh):
        """Begin an epoch with the running sums in `fresh`."""
        with self.lock:
            self.ts = replace(self.ts, metrics=fresh)

    def _home(self, path):
        return self.ts.params if path in self.ts.params else self.ts.state
