"""The immutable TrainState, and the Cell that holds the latest one."""

import functools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.train.bounded_jit import bounded_jit


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class TrainState:
    """Everything that a step reads and replaces.

    Args:
        params: {path: array} of the trainable weights.
        state: {path: array} of frozen weights and running statistics.
        opt: the optimizer's state, a dict of arrays.
        metrics: running sums of the epoch.
        seed: uint32 (2,), data of the run's random key.
        step: int32 (), steps taken since the model was compiled.
        bad: int32 (), the first step whose loss was not finite; -1 for none.
        others: list of further values of custom steps, such as a second optimizer's.
    """

    params: dict
    state: dict
    opt: dict
    metrics: Any
    seed: Any
    step: Any
    bad: Any = field(default_factory=lambda: _int32(-1))
    others: Any = field(default_factory=list)


class Cell:
    """Holds the latest TrainState, which each step replaces.

    A step donates the old buffers, so no array of the state may be kept: `read` returns
    copies, under a lock, from any thread. A snapshot, taken after each epoch, is
    restored if a step fails after donating its buffers or if weights are not finite.

    Args:
        ts: the initial state, which is also the first snapshot.
        donated: whether steps donate the state's buffers, so that `ts` is copied.
        place: replicates a tree on several devices; None leaves it on one. Values that
            are read are on one device.
    """

    def __init__(
        self, ts: Any, donated: bool = True, place: Callable[[Any], Any] | None = None
    ) -> None:
        self._place = place or (lambda tree: tree)
        self.ts = self._place(_copied(ts) if donated else ts)
        self.lock = threading.RLock()
        self.started = time.monotonic()
        # None while it is replaced; the first one is the model's own arrays.
        self._snapshot: Any = (*_snapshot_parts(ts), int(ts.step))
        self._owns_snapshot = False

    def advance(self, step: Any, batch: Any) -> Any:
        """Run one step and replace the state; returns the step's logs."""
        with self.lock:
            self.ts, logs = step(self.ts, batch)
        return logs

    def read(self, path: str) -> jax.Array:
        """A copy of one weight after the latest step."""
        with self.lock:
            return jnp.array(on_one_device(self._home(path)[path]), copy=True)

    def write(self, path: str, value: Any) -> None:
        """Replace one weight, from the next step on."""
        with self.lock:
            part = "params" if path in self.ts.params else "state"
            value = self._place({path: jnp.array(value, copy=True)})
            weights = {**getattr(self.ts, part), **value}
            self.ts = replace(self.ts, **{part: weights})

    def read_opt(self, name: str | None = None) -> Any:
        """A copy of the optimizer's state, or of its entry `name`."""
        with self.lock:
            opt = self.ts.opt if name is None else self.ts.opt[name]
            return _copied(on_one_device(opt))

    def write_opt(self, opt: dict[str, Any]) -> None:
        """Replace the entries of the optimizer's state that are in `opt`."""
        with self.lock:
            self.ts = replace(self.ts, opt={**self.ts.opt, **self._place(opt)})

    def read_part(self, part: str, index: int) -> Any:
        """A copy of one entry of the list `part`: "metrics" or "others"."""
        with self.lock:
            return _copied(on_one_device(getattr(self.ts, part)[index]))

    def write_part(self, part: str, index: int, value: Any) -> None:
        """Replace one entry of the list `part`."""
        with self.lock:
            entries = list(getattr(self.ts, part))
            entries[index] = self._place(_copied(value))
            self.ts = replace(self.ts, **{part: entries})

    def lasting_on_host(self) -> Any:
        """(params, state, opt, seed, others) in NumPy: what a run goes on from."""
        with self.lock:
            parts = on_one_device(_snapshot_parts(self.ts))
            return jax.tree.map(_copied_to_host, parts)

    def values(self) -> dict[str, jax.Array]:
        """Copies of all weights after the latest step, {path: array}."""
        with self.lock:
            return _copied(on_one_device({**self.ts.params, **self.ts.state}))

    def last(self) -> Any:
        """({path: array} of all weights, the optimizer's state), on one device."""
        return on_one_device(({**self.ts.params, **self.ts.state}, self.ts.opt))

    def last_part(self, part: str) -> Any:
        """The list `part` of the state, "metrics" or "others", on one device."""
        return on_one_device(getattr(self.ts, part))

    def metrics(self) -> Any:
        """A copy of the running sums, on one device."""
        with self.lock:
            # Over the host: these few numbers are not worth a program of their own.
            sums = jax.tree.map(np.array, on_one_device(self.ts.metrics))
        return jax.device_put(sums)

    def finish(self, finalize: Callable[..., dict[str, jax.Array]]) -> None:
        """Apply `finalize(params, opt) -> params` at the end of a fit."""
        with self.lock:
            params = finalize(self.ts.params, self.ts.opt)
            self.ts = replace(self.ts, params=self._place(params))

    def reset_metrics(self, fresh: Any) -> None:
        """Begin an epoch with the running sums `fresh`."""
        with self.lock:
            fresh, bad = self._place((fresh, _int32(-1)))
            self.ts = replace(self.ts, metrics=fresh, bad=bad)

    def snapshot(self) -> None:
        """Take a snapshot of weights and optimizer, if all weights are finite.

        It overwrites the previous snapshot, so that there are never three copies.
        """
        with self.lock:
            ts = self.ts
            if not _finite((ts.params, ts.state)):
                return
            *old, _ = self._snapshot
            self._snapshot = None
            if self._owns_snapshot:
                copy = _copied_over(tuple(old), _snapshot_parts(ts))
            else:
                old.clear()
                copy = _copied(_snapshot_parts(ts))
            self._snapshot, self._owns_snapshot = (*copy, int(ts.step)), True

    def is_sound(self) -> bool:
        """Whether all weights are finite; waits for the device."""
        with self.lock:
            return _finite((self.ts.params, self.ts.state))

    def fall_back(self) -> int:
        """Restore the snapshot; returns the step at which it was taken."""
        with self.lock:
            *parts, step = self._snapshot
            names = ("params", "state", "opt", "seed", "others", "step", "bad")
            values = self._place((*_copied(parts), _int32(step), _int32(-1)))
            self.ts = replace(self.ts, **dict(zip(names, values, strict=True)))
        return step

    def let_go(self) -> None:
        """Release the snapshot, at the end of the run."""
        with self.lock:
            self._snapshot = None

    def is_lost(self) -> bool:
        """Whether a failed step has donated the buffers of the state."""
        ts = self.ts
        leaves = jax.tree.leaves((ts.params, ts.state, ts.opt, ts.others))
        return any(leaf.is_deleted() for leaf in leaves)

    def _home(self, path):
        return self.ts.params if path in self.ts.params else self.ts.state


def _int32(number):
    """An int32 scalar on the device; unlike `jnp.asarray`, compiles nothing."""
    return jax.device_put(np.int32(number))


def _snapshot_parts(ts):
    """The parts of a state that a snapshot holds."""
    return ts.params, ts.state, ts.opt, ts.seed, ts.others


def on_one_device(tree):
    """A tree that is on several devices as a tree on one of them."""

    def on_one(leaf):
        if not isinstance(leaf, jax.Array) or len(leaf.sharding.device_set) == 1:
            return leaf
        if leaf.sharding.is_fully_replicated:
            return leaf.addressable_data(0)
        return jax.device_put(leaf, min(leaf.devices(), key=lambda device: device.id))

    return jax.tree.map(on_one, tree)


@bounded_jit
def _copied(tree):
    return jax.tree.map(jnp.copy, tree)


def _copied_to_host(leaf):
    if leaf.dtype.kind in "fiu" and leaf.device.platform == "cpu":
        # NumPy asks for large pages: new memory is mapped in fewer parts. And the view
        # ends here, so that the step may still write over the array.
        return np.array(np.from_dlpack(jax.block_until_ready(leaf)))
    return np.asarray(jnp.copy(leaf))


@functools.partial(bounded_jit, donate_argnums=0, keep_unused=True)
def _copied_over(old, tree):
    return jax.tree.map(jnp.copy, tree)


def _finite(tree):
    """Whether all numbers of a tree of arrays are finite; waits for the device."""
    leaves = [
        leaf
        for leaf in jax.tree.leaves(on_one_device(tree))
        if jnp.issubdtype(leaf.dtype, jnp.inexact)
    ]
    if all(device.platform == "cpu" for leaf in leaves for device in leaf.devices()):
        # NumPy shares the memory. XLA takes seconds to compile one reduction an array.
        return all(np.isfinite(np.asarray(leaf)).all() for leaf in leaves)
    return bool(_finite_on_device(leaves))


@bounded_jit
def _finite_on_device(leaves):
    return jnp.array([jnp.isfinite(leaf).all() for leaf in leaves]).all()
