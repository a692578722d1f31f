"""One immutable TrainState, and the one cell that holds the newest."""

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
        params: {path: array}, what the optimizer changes.
        state: {path: array}, frozen weights and running statistics.
        opt: the optimizer's state, a dict of arrays.
        metrics: running sums of the epoch.
        seed: uint32 (2,), data of the run's random key.
        step: int32 (), steps taken since the model was compiled.
        bad: int32 (), the step whose loss was the first not finite; -1 for none.
        others: values of what own steps use besides, such as a second optimizer.
    """

    params: dict
    state: dict
    opt: dict
    metrics: Any
    seed: Any
    step: Any
    bad: Any = field(default_factory=lambda: _whole(-1))
    others: Any = field(default_factory=list)


class Cell:
    """Holds the newest TrainState; every change replaces it whole, at a step edge.

    The step donates the old buffers, so nobody may keep an array of the state:
    `read` gives copies, under a lock, from any thread. A snapshot, taken at the epoch
    edges, is what remains if a step fails after it gave its buffers away, or if the
    weights are no longer finite. On several devices the state is on each of them, put
    there by `place`; what is read is on one.
    """

    def __init__(
        self, ts: Any, donated: bool = True, place: Callable[[Any], Any] | None = None
    ) -> None:
        """Hold `ts`; if it will be `donated`, a copy of it, and `ts` as a snapshot."""
        self._place = place or (lambda tree: tree)
        self.ts = self._place(_copied(ts) if donated else ts)
        self.lock = threading.RLock()
        self.started = time.monotonic()
        self._kept: Any = (*_lasting(ts), int(ts.step))  # None while it is replaced
        self._owns_kept = False  # the first snapshot is the model's own arrays

    def advance(self, step: Any, batch: Any) -> Any:
        """Run one step and swap the state; returns the step's logs."""
        with self.lock:
            self.ts, logs = step(self.ts, batch)
        return logs

    def read(self, path: str) -> jax.Array:
        """A copy of one weight as of the last completed step."""
        with self.lock:
            return jnp.array(on_one_device(self._home(path)[path]), copy=True)

    def write(self, path: str, value: Any) -> None:
        """Replace one weight; takes effect from the next step on."""
        with self.lock:
            part = "params" if path in self.ts.params else "state"
            value = self._place(jnp.array(value, copy=True))
            changed = {**getattr(self.ts, part), path: value}
            self.ts = replace(self.ts, **{part: changed})

    def read_opt(self, name: str | None = None) -> Any:
        """A copy of the optimizer's state, or of its part `name`."""
        with self.lock:
            opt = self.ts.opt if name is None else self.ts.opt[name]
            return _copied(on_one_device(opt))

    def write_opt(self, opt: dict[str, Any]) -> None:
        """Replace the optimizer's state, or the parts of it that `opt` has."""
        with self.lock:
            self.ts = replace(self.ts, opt={**self.ts.opt, **self._place(opt)})

    def read_part(self, part: str, place: int) -> Any:
        """A copy of one entry of the list `part`: "metrics" or "others"."""
        with self.lock:
            return _copied(on_one_device(getattr(self.ts, part)[place]))

    def write_part(self, part: str, place: int, value: Any) -> None:
        """Replace one entry of the list `part`."""
        with self.lock:
            entries = list(getattr(self.ts, part))
            entries[place] = self._place(_copied(value))
            self.ts = replace(self.ts, **{part: entries})

    def lasting(self) -> Any:
        """A copy of (params, state, opt, seed, others): what a run goes on from."""
        with self.lock:
            return on_one_device(_copied(_lasting(self.ts)))

    def values(self) -> dict[str, jax.Array]:
        """Copies of all weights, {path: array}, of one and the same step."""
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
            return _copied(on_one_device(self.ts.metrics))

    def finish(self, finalize: Callable[..., dict[str, jax.Array]]) -> None:
        """At the end of a fit: `finalize(params, opt) -> params`."""
        with self.lock:
            params = finalize(self.ts.params, self.ts.opt)
            self.ts = replace(self.ts, params=self._place(params))

    def reset_metrics(self, fresh: Any) -> None:
        """Begin an epoch with the running sums in `fresh`."""
        with self.lock:
            fresh, bad = self._place((fresh, _whole(-1)))
            self.ts = replace(self.ts, metrics=fresh, bad=bad)

    def snapshot(self) -> None:
        """Keep a copy of weights and optimizer, unless a weight is not finite.

        It takes the place of the last one, so that there are never three copies.
        """
        with self.lock:
            ts = self.ts
            if not _finite((ts.params, ts.state)):
                return
            *old, _ = self._kept
            self._kept = None
            if self._owns_kept:
                copy = _copied_over(tuple(old), _lasting(ts))
            else:
                old.clear()
                copy = _copied(_lasting(ts))
            self._kept, self._owns_kept = (*copy, int(ts.step)), True

    def is_sound(self) -> bool:
        """Whether all weights are finite; waits for the device."""
        with self.lock:
            return bool(_finite((self.ts.params, self.ts.state)))

    def fall_back(self) -> int:
        """Go back to the snapshot; returns the number of the step it was taken at."""
        with self.lock:
            *kept, step = self._kept
            numbers = _whole(step), _whole(-1)
            params, state, opt, seed, others, at, bad = self._place(
                (*_copied(kept), *numbers)
            )
            again = dict(params=params, state=state, opt=opt, seed=seed, others=others)
            self.ts = replace(self.ts, **again, step=at, bad=bad)
        return step

    def let_go(self) -> None:
        """The run is over: the snapshot is not needed any more."""
        with self.lock:
            self._kept = None

    def is_lost(self) -> bool:
        """Whether a step that failed took the newest buffers with it."""
        ts = self.ts
        leaves = jax.tree.leaves((ts.params, ts.state, ts.opt, ts.others))
        return any(leaf.is_deleted() for leaf in leaves)

    def _home(self, path):
        return self.ts.params if path in self.ts.params else self.ts.state


def _whole(number):
    """An int32 on the device; unlike `jnp.asarray` it compiles nothing."""
    return jax.device_put(np.int32(number))


def _lasting(ts):
    """What a snapshot has of a state."""
    return ts.params, ts.state, ts.opt, ts.seed, ts.others


def on_one_device(tree):
    """Arrays that are whole on each of several devices, from one of them."""

    def own(leaf):
        several = isinstance(leaf, jax.Array) and len(leaf.sharding.device_set) > 1
        return leaf.addressable_data(0) if several else leaf

    return jax.tree.map(own, tree)


@bounded_jit
def _copied(tree):
    return jax.tree.map(jnp.copy, tree)


@functools.partial(bounded_jit, donate_argnums=0, keep_unused=True)
def _copied_over(old, tree):
    return jax.tree.map(jnp.copy, tree)


@bounded_jit
def _finite(tree):
    leaves = jax.tree.leaves(tree)
    floats = [leaf for leaf in leaves if jnp.issubdtype(leaf.dtype, jnp.inexact)]
    return jnp.array([jnp.isfinite(leaf).all() for leaf in floats]).all()
