"""Several short steps in one dispatch; from outside they look like single ones.

A step of a small model takes the device a few microseconds, and Python and the dispatch
ten times as long. So the batches of one dispatch go to the device together, and
their logs come back together.
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

# How long a dispatch should take: short enough that Stop and Ctrl-C are prompt.
DISPATCH_S = 0.03
# The most steps in one, as long as their batches take no more than this.
MOST_STEPS = 128
MOST_BYTES = 4 << 20


class MultiStepDispatch:
    """Chooses how many steps go together, and runs them.

    Args:
        many: the jitted `(ts, (batches, count)) -> (ts, (logs, last))` of
            `step.make_multi_step`.
        length: so many steps each time; None finds out what takes `DISPATCH_S`.
        room: batches that there is room for; None for as many as are useful. Equal
            room is an equal program, and so are its numbers to the last bit.
        clock: seconds.
    """

    def __init__(
        self,
        many: Callable[..., Any],
        length: int | None = None,
        room: int | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._many, self._fixed, self._clock = many, length, clock
        self._length = length or 4
        self._room: Any = room  # found at the first batch where it is None
        self._began = None
        self._runs = 0

    def rest(self, item: Any, fetch: Callable[[], Any]) -> list[Any]:
        """`item` and the items of the same dispatch behind it, from `fetch()`."""
        items, most = [item], min(self._length, self._places(item))
        while len(items) < most:
            item = fetch()
            if item is None:
                break
            items.append(item)
        return items

    def run(self, cell: Cell, items: Sequence[Any]) -> Any:
        """Take the steps; returns (logs of each, logs of the last)."""
        self._places(items[0])
        self._measure(len(items))
        batches = jax.tree.map(self._stacked, *(batch for batch, _ in items))
        kept, last = cell.advance(self._many, (batches, np.int32(len(items))))
        stack = _Stack(kept)
        return [stack.row(at) for at in range(len(items))], last

    def shapes(self, batch: Any) -> Any:
        """What `many` is given for batches of these shapes, without the numbers."""
        room = self._places((batch, None))
        stacked = jax.tree.map(
            lambda a: jax.ShapeDtypeStruct((room, *a.shape), a.dtype), batch
        )
        return stacked, jax.ShapeDtypeStruct((), np.int32)

    def _places(self, item):
        """How many batches a dispatch has room for, always the same."""
        if self._room is None:
            leaves = jax.tree.leaves(item[0])
            size = sum(math.prod(a.shape) * np.dtype(a.dtype).itemsize for a in leaves)
            fits = max(MOST_BYTES // max(size, 1), 1)
            self._room = min(MOST_STEPS, fits)
        return self._room

    def _stacked(self, *leaves):
        # Always as long, so that every number of steps is one compiled program; new
        # each time, since the device may still read the last one.
        first = np.asarray(leaves[0])
        whole = buffers.empty((self._room, *first.shape), first.dtype)
        for place, leaf in enumerate(leaves):
            whole[place] = leaf
        return whole

    def _measure(self, count):
        """Adapt the length; while the device is busy, runs are as far apart as long."""
        now, began = self._clock(), self._began
        self._began, self._runs = now, self._runs + 1
        # The first runs compile or do not wait.
        if self._fixed or began is None or self._runs <= 4 or count < self._length:
            return
        if now - began < DISPATCH_S / 2:
            self._length = min(2 * self._length, MOST_STEPS)
        elif now - began > 2 * DISPATCH_S:
            self._length = max(self._length // 2, 1)


class _Stack:
    """The logs of a dispatch, read from the device when the first number is wanted."""

    def __init__(self, kept):
        self._kept, self._read = kept, None

    def row(self, at):
        """{name: number} of step `at`."""
        return {name: Later(self, name, at) for name in self._kept}

    def read(self, name, at):
        if self._read is None:
            self._read = jax.device_get(self._kept)
        return self._read[name][at]


class Later:
    """A number on the device, one of a stack; `float()` and NumPy read it."""

    __slots__ = ("_at", "_name", "_stack")

    def __init__(self, stack: Any, name: str, at: int) -> None:
        self._stack, self._name, self._at = stack, name, at

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self._stack.read(self._name, self._at), dtype)

    def __float__(self):
        return float(self._stack.read(self._name, self._at))
