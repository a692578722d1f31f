"""Batches from iterables of the user: generators, Sequences, data loaders."""

import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from nbkeras.core import check, notices, rng
from nbkeras.core.machine import buffers
from nbkeras.core.structured_errors import plain_kind
from nbkeras.data import arrays, frames
from nbkeras.data.batches import Batch, Batches, LazyRows, close
from nbkeras.data.checks import values
from nbkeras.data.prefetch import map_ahead

# After so long an epoch without a known end is told of.
ENDLESS_S = 30


def to_batch(item: Any, where: str) -> Batch:
    """Convert one item of an iterable to a `Batch` that owns its memory.

    Batches are read ahead, and a device on this machine may read an array as it lies:
    a generator that fills one buffer again and again would change batches that wait.

    Args:
        item: x, (x,), (x, y) or (x, y, sample_weight).
        where: which item of what, for messages.

    Raises:
        ValueError, TypeError: what `arrays.convert` refuses, rows that differ.
    """
    try:
        x, y, weight = unpack(item)
        frames.same_index(x, y, weight)
        x = arrays.convert(x, "x", optional=True)
        y = None if y is None else arrays.convert(y, "y")
        if weight is not None:
            weight = values.weights(arrays.convert(weight, "sample_weight"))
        rows = values.same_rows(x, y, weight)
        x, y, weight = jax.tree.map(_own_copy, (x, y, weight))
        return Batch(x, y, weight, rows)
    except (ValueError, TypeError) as error:
        hint = _samples_hint(item)
        raise plain_kind(error)(f"{where}: {error}{hint}") from None


def _own_copy(leaf):
    """A copy that a device can read in place; JAX arrays are immutable and stay."""
    if isinstance(leaf, LazyRows):
        leaf = leaf.take(slice(None))
    if not isinstance(leaf, np.ndarray):
        return leaf
    copy = buffers.empty(leaf.shape, leaf.dtype)
    np.copyto(copy, leaf)
    return copy


def unpack(item: Any) -> tuple[Any, ...]:
    """(x, y, weight) from x, (x,), (x, y) or (x, y, weight)."""
    if not isinstance(item, list | tuple):
        return item, None, None
    if 1 <= len(item) <= 3:
        return (*item, None, None)[:3]
    raise ValueError(
        f"it has {len(item)} parts. A batch is (x, y) or (x, y, sample_weight). For "
        "several inputs, put them into one x: yield (x1, x2), y."
    )


def _samples_hint(item):
    y = item[1] if isinstance(item, list | tuple) and len(item) == 2 else None
    if y is None or getattr(y, "shape", ()) != () or isinstance(y, list | tuple | dict):
        return ""
    return (
        " It looks like single samples instead of batches. Group them, in torch with "
        "DataLoader(dataset, batch_size=32)."
    )


class Indexed(Batches):
    """Batches by index from a `Sequence`, `PyDataset` or similar object."""

    def __init__(self, source: Any, shuffle: Any = False, seed: int = 0) -> None:
        self.source = source
        self.shuffle = bool(shuffle)
        self.seed = seed
        self.kind = type(source).__name__

    def reseed(self, seed: int) -> None:
        """Use `seed` for the order of batches."""
        self.seed = seed

    @property
    def num_batches(self) -> int | None:
        """Batches of one pass; None for an endless data set."""
        count = getattr(self.source, "num_batches", False)
        count = len(self.source) if count is False else count
        if count is None or (check.is_int(count) and count > 0):
            return count
        raise ValueError(
            f"{self.kind} has {count} batches. At least one is needed: look at its "
            "__len__; for a short last batch it rounds up, math.ceil(n / batch_size)."
        )

    @property
    def endless(self) -> bool:
        """Whether the source declares itself endless."""
        return self.num_batches is None

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """The batches of pass `epoch` from number `start` on."""
        count = self.num_batches
        _call(self.source, "on_epoch_begin")
        order = itertools.count(start) if count is None else range(start, count)
        if self.shuffle and count is not None:
            order = rng.generator(self.seed, "shuffle", epoch).permutation(count)
            order = order.tolist()[start:]
        batches = self._read(order)
        try:
            yield from batches
        finally:
            close(batches)
        _call(self.source, "on_epoch_end")

    def epoch_ended(self) -> None:
        """Tell the source that an epoch of `steps` batches ended within a pass."""
        _call(self.source, "on_epoch_end")

    def peek(self) -> Batch | None:
        """The first batch; it will be read again."""
        return self._fetch(0)

    def _fetch(self, index):
        """Read batch number `index`; on a worker thread where there are workers."""
        try:
            item = self.source[index]
        except Exception as error:
            error.add_note(f"while reading batch {index} of {self.kind}")
            raise
        return to_batch(item, f"Batch {index} of {self.kind}")

    def _read(self, order):
        workers = getattr(self.source, "workers", 1)
        if getattr(self.source, "use_multiprocessing", False):
            notices.once(
                "use_multiprocessing",
                f"{self.kind}(use_multiprocessing=True): batches are read on threads; "
                "write use_multiprocessing=False, workers=... sets their number.",
            )
        if not check.is_int(workers) or workers <= 1:
            return map(self._fetch, order)
        depth = max(workers, getattr(self.source, "max_queue_size", 10))
        return map_ahead(self._fetch, order, workers=workers, depth=depth)


class Iterated(Batches):
    """Batches of an iterable that restarts for each epoch, such as a DataLoader.

    Args:
        source: names it in messages, and its `len` counts the batches if it has one.
        start: () -> a new iterator over its items.
    """

    def __init__(
        self, source: Any, start: Callable[[], Any], owner: str = "fit"
    ) -> None:
        self.kind = type(source).__name__
        self.owner = owner
        self._start = start
        self._batch_size = getattr(source, "batch_size", None)
        try:
            self.num_batches = len(source)
        except TypeError:
            self.num_batches = None

    @property
    def batch_size(self) -> Any:
        """The batch size that the source declares; None if it declares none."""
        return self._batch_size if check.is_int(self._batch_size) else None

    def epoch(self, epoch: int) -> Iterator[Batch]:
        """One pass over the source."""
        number, items, began = 0, iter(self._start()), time.monotonic()
        try:
            for number, item in enumerate(_noted(items, self.kind), 1):
                yield to_batch(item, f"Batch {number - 1} of {self.kind}")
                say_endless(number, began, self.num_batches, self.kind, self.owner)
        finally:
            close(items)
        self.num_batches = number


class Once(Batches):
    """Batches of a generator: one stream, read once across all epochs.

    Args:
        iterator: the generator.
        steps: batches an epoch; None reads to the end.
        epochs: how many epochs are wanted, for the message when it runs dry.
        owner: the function that messages name.
        held_out: whether it is the validation data of `fit`.
    """

    rereadable = False

    def __init__(
        self,
        iterator: Any,
        steps: int | None = None,
        epochs: int | None = None,
        owner: str = "fit",
        held_out: bool = False,
    ) -> None:
        self.kind = type(iterator).__name__
        self._held_out = held_out
        self.num_batches = steps
        self.exhausted = False
        self.owner = owner
        self._iterator = _noted(iterator, self.kind)
        self._epochs = epochs
        self._held = []
        self._count = 0

    def epoch(self, epoch: int) -> Iterator[Batch]:
        """The next `steps` batches, whatever the epoch's number."""
        taken, began = 0, time.monotonic()
        while self.num_batches is None or taken < self.num_batches:
            batch = self._held.pop() if self._held else self._next()
            if batch is None:
                self._say_dry(taken)
                return
            taken += 1
            yield batch
            say_endless(taken, began, self.num_batches, self.kind, self.owner)

    def peek(self) -> Batch | None:
        """The next batch; `epoch` will give it again."""
        if not self._held:
            batch = self._next()
            if batch is None:
                return None
            self._held.append(batch)
        return self._held[0]

    def _next(self):
        item = next(self._iterator, self)
        if item is not self:
            self._count += 1
            return to_batch(item, f"Batch {self._count - 1} of the {self.kind}")
        self.exhausted = True
        if not self._count:
            raise ValueError(
                f"The {self._role} yielded no batch. A generator can be read only "
                "once: create a new one by calling its function again, and check that "
                "it yields (x, y)."
            )
        return None

    @property
    def _role(self):
        return f"{self.kind}{' given as validation_data' if self._held_out else ''}"

    def _say_dry(self, taken):
        steps, epochs = self.num_batches, self._epochs or 1
        if steps is None and (epochs == 1 or taken):
            return
        if self._held_out:
            self._say_validation_is_dry(steps, epochs)
            return
        wanted = f"{epochs} epochs"
        if steps is not None:
            wanted = f"{epochs} x {steps} = {epochs * steps}"
        notices.once(
            ("dry", id(self)),
            f"The {self.kind} ran out of data after {self._count} batches; "
            f"{self.owner} wanted {wanted}. Training ends here and keeps its result. "
            "Put the generator's body under `while True:`, or lower the steps or "
            "epochs.",
        )

    def _say_validation_is_dry(self, steps, epochs):
        if steps is None:
            wanted = f"{epochs} epochs need them again after each"
            write = "validation_data=list(generator)"
        else:
            wanted = (
                f"{epochs} epochs of validation_steps={steps} need {epochs * steps}"
            )
            write = "a smaller validation_steps, or validation_data=list(generator)"
        notices.once(
            ("dry", id(self)),
            f"The {self._role} ran out after {self._count} batches, and {wanted}. "
            "Training continues; later epochs have no val_loss. A generator is read "
            "once: put its body under `while True:` and give validation_steps, or "
            f"write {write}.",
        )


def say_endless(
    number: int, began: float, known: int | None, kind: str, owner: str
) -> None:
    """Say once when an epoch without a known end lasts suspiciously long.

    Args:
        number: batches so far.
        began: `time.monotonic()` at the first of them.
        known: how many there will be, None if unknown.
        kind: what the batches come from.
        owner: the function that messages name.
    """
    if known is None and time.monotonic() - began > ENDLESS_S:
        steps = "steps_per_epoch" if owner == "fit" else "steps"
        notices.once(
            ("endless", kind),
            f"{number:,} batches came from the {kind} in {ENDLESS_S} s and no end is "
            f"in sight. If it loops forever, stop and write {owner}(..., "
            f"{steps}=100).",
        )


def _noted(iterator, kind):
    """Pass on the items; add the batch number to errors in the user's code."""
    iterator = iter(iterator)
    for number in itertools.count():
        try:
            item = next(iterator)
        except StopIteration:
            return
        except Exception as error:
            error.add_note(f"while reading batch {number} of the {kind}")
            raise
        yield item


def _call(source, hook):
    method = getattr(source, hook, None)
    if callable(method):
        method()
