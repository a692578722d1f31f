"""Multi-step dispatch: several short steps in one call of a compiled program.

A step of a small model takes a few microseconds on the device, and ten times as long in
Python and in the dispatch. So several batches go to the device together, and their logs
come back together; the events are those of single steps.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from nbkeras.core.machine import buffers

if TYPE_CHECKING:
    from nbkeras.train.state import Cell

# Intended duration of a dispatch: short enough that Stop and Ctrl-C are prompt.
DISPATCH_S = 0.03
# Maximum number of steps in a dispatch, and maximum bytes of their batches.
MAX_STEPS = 128
MAX_BYTES = 4 << 20


class MultiStepDispatch:
    """Chooses the number of steps per dispatch, and runs them.

    Args:
        multi_step: the jitted `(ts, (batches, count)) -> (ts, (logs, last))` of
            `step.make_multi_step`.
        length: fixed number of steps; None measures how many take `DISPATCH_S`.
        capacity: maximum number of batches; None chooses it by their size. Runs of
            equal capacity use the same program, so their results are bitwise equal.
        clock: () -> seconds.
    """

    def __init__(
        self,
        multi_step: Callable[..., Any],
        length: int | None = None,
        capacity: int | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._multi_step, self._fixed, self._clock = multi_step, length, clock
        self._length = length or 4
        self._capacity: Any = capacity  # None until the first batch
        self._started_at = None
        self._runs = 0

    def rest(self, item: Any, fetch: Callable[[], Any]) -> list[Any]:
        """The items of the next dispatch: `item`, and more from `fetch()`."""
        items, limit = [item], min(self._length, self._batch_capacity(item))
        while len(items) < limit:
            item = fetch()
            if item is None:
                break
            items.append(item)
        return items

    def run(self, cell: Cell, items: Sequence[Any]) -> Any:
        """Take the steps; returns (list of logs of each step, logs of the last)."""
        self._batch_capacity(items[0])
        self._measure(len(items))
        batches = jax.tree.map(self._stacked, *(batch for batch, _ in items))
        stacked, last = cell.advance(self._multi_step, (batches, np.int32(len(items))))
        logs = _StackedLogs(stacked)
        return [logs.of_step(index) for index in range(len(items))], last

    def shapes(self, batch: Any) -> Any:
        """The shapes of the arguments of `multi_step` for batches like `batch`."""
        capacity = self._batch_capacity((batch, None))
        stacked = jax.tree.map(
            lambda a: jax.ShapeDtypeStruct((capacity, *a.shape), a.dtype), batch
        )
        return stacked, jax.ShapeDtypeStruct((), np.int32)

    def _batch_capacity(self, item):
        """The maximum number of batches in a dispatch, set by the first item."""
        if self._capacity is None:
            leaves = jax.tree.leaves(item[0])
            size = sum(math.prod(a.shape) * np.dtype(a.dtype).itemsize for a in leaves)
            fits = max(MAX_BYTES // max(size, 1), 1)
            self._capacity = min(MAX_STEPS, fits)
        return self._capacity

    def _stacked(self, *leaves):
        # Of constant size, so that all numbers of steps use one compiled program; newly
        # allocated, since the device may still read the previous one.
        first = np.asarray(leaves[0])
        stack = buffers.empty((self._capacity, *first.shape), first.dtype)
        for index, leaf in enumerate(leaves):
            stack[index] = leaf
        return stack

    def _measure(self, count):
        """Adapt the length to the duration: while the device is busy, the interval."""
        now, previous = self._clock(), self._started_at
        self._started_at, self._runs = now, self._runs + 1
        # The first runs compile, or do not wait for the device.
        if self._fixed or previous is None or self._runs <= 4 or count < self._length:
            return
        if now - previous < DISPATCH_S / 2:
            self._length = min(2 * self._length, MAX_STEPS)
        elif now - previous > 2 * DISPATCH_S:
            self._length = max(self._length // 2, 1)


class _StackedLogs:
    """The logs of a dispatch, which are read from the device on first use."""

    def __init__(self, stacked):
        self._on_device, self._on_host = stacked, None

    def of_step(self, index):
        """{name: number} of step `index`."""
        return {name: LazyNumber(self, name, index) for name in self._on_device}

    def read(self, name, index):
        if self._on_host is None:
            self._on_host = jax.device_get(self._on_device)
        return self._on_host[name][index]

    def is_ready(self):
        """Whether reading does not wait for the device."""
        leaves = jax.tree.leaves(self._on_device)
        return self._on_host is not None or all(leaf.is_ready() for leaf in leaves)


class LazyNumber:
    """A number in the logs of a dispatch; `float()` and NumPy read it."""

    __slots__ = ("_index", "_logs", "_name")

    def __init__(self, logs: Any, name: str, index: int) -> None:
        self._logs, self._name, self._index = logs, name, index

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self._logs.read(self._name, self._index), dtype)

    def __float__(self):
        return float(self._logs.read(self._name, self._index))

    def is_ready(self) -> bool:
        """Whether reading the number does not wait for the device."""
        return self._logs.is_ready()
