"""Batches from the user's iterables: generators, Sequences, data loaders."""

import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from nbkeras.core import check, notices, rng
from nbkeras.core.errors.structured_errors import plain_kind
from nbkeras.core.machine import buffers
from nbkeras.data import array_conversion, frames
from nbkeras.data.array_batches import LazyRows
from nbkeras.data.batches import Batch, Batches, close
from nbkeras.data.checks import values
from nbkeras.data.prefetch import map_ahead

# An epoch of unknown length gives a notice after this time.
ENDLESS_S = 30


def to_batch(item: Any, where: str) -> Batch:
    """Convert one item of an iterable to a `Batch` that owns its memory.

    Copying is needed because batches are prefetched, and a CPU device may read an array
    in place: a generator that reuses one buffer would overwrite waiting batches.

    Args:
        item: x, (x,), (x, y) or (x, y, sample_weight).
        where: the position of the item, for messages: "Batch 3 of Loader".

    Raises:
        ValueError: as `arrays.convert`, or the numbers of rows differ.
        TypeError: as `arrays.convert`.
    """
    try:
        x, y, weight = unpack(item)
        frames.same_index(x, y, weight)
        x = array_conversion.convert(x, "x", optional=True)
        y = None if y is None else array_conversion.convert(y, "y")
        if weight is not None:
            weight = values.weights(array_conversion.convert(weight, "sample_weight"))
        rows = values.same_rows(x, y, weight)
        x, y, weight = jax.tree.map(_own_copy, (x, y, weight))
        return Batch(x, y, weight, rows)
    except (ValueError, TypeError) as error:
        hint = _samples_hint(item)
        raise plain_kind(error)(f"{where}: {error}{hint}") from None


def _own_copy(leaf):
    """A copy that a device can read in place; immutable JAX arrays are not copied."""
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


class IndexedBatches(Batches):
    """Batches by index from a `Sequence`, a `PyDataset` or a similar object."""

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
        """Batches of one pass; None for an endless dataset."""
        count = getattr(self.source, "num_batches", False)
        count = len(self.source) if count is False else count
        if count is None or (check.is_int(count) and count > 0):
            return count
        raise ValueError(
            f"{self.kind} has {count} batches. At least one is needed: check its "
            "__len__, which must round up: math.ceil(n / batch_size)."
        )

    @property
    def endless(self) -> bool:
        """Whether the source declares itself endless."""
        return self.num_batches is None

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """The batches of pass `epoch`, from batch `start` on."""
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

    def epoch_began(self) -> None:
        """Call `on_epoch_begin`: an epoch of `steps` batches begins within a pass."""
        _call(self.source, "on_epoch_begin")

    def epoch_ended(self) -> None:
        """Call `on_epoch_end`: an epoch of `steps` batches ended within a pass."""
        _call(self.source, "on_epoch_end")

    def peek(self) -> Batch | None:
        """The first batch, which an epoch reads again."""
        return self._fetch(0)

    def _fetch(self, index):
        """Read batch `index`; on a worker thread if there are several workers."""
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
                f"{self.kind}(use_multiprocessing=True): batches are read on threads "
                "instead. Write use_multiprocessing=False; workers=... sets the number "
                "of threads.",
            )
        if not check.is_int(workers) or workers <= 1:
            return map(self._fetch, order)
        depth = max(workers, getattr(self.source, "max_queue_size", 10))
        return map_ahead(self._fetch, order, workers=workers, depth=depth)


class IteratedBatches(Batches):
    """Batches of an iterable that is restarted for each epoch, such as a DataLoader.

    Args:
        source: the iterable; its `len`, if any, is the number of batches.
        start: () -> a new iterator over the items of `source`.
        owner: name of the calling function in messages.
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
        """The `batch_size` of the source, or None."""
        return self._batch_size if check.is_int(self._batch_size) else None

    def epoch(self, epoch: int) -> Iterator[Batch]:
        """One pass over the source."""
        count, items, start_s = 0, iter(self._start()), time.monotonic()
        try:
            for count, item in enumerate(_with_notes(items, self.kind), 1):
                yield to_batch(item, f"Batch {count - 1} of {self.kind}")
                warn_if_endless(count, start_s, self.num_batches, self.kind, self.owner)
        finally:
            close(items)
        self.num_batches = count


class GeneratorBatches(Batches):
    """Batches of a generator, which is read once across all epochs.

    Args:
        iterator: the generator.
        steps: batches per epoch; None reads to the end.
        epochs: number of epochs, for the notice when the generator is exhausted.
        owner: name of the calling function in messages.
        is_validation: whether it is the validation data of `fit`.
    """

    rereadable = False

    def __init__(
        self,
        iterator: Any,
        steps: int | None = None,
        epochs: int | None = None,
        owner: str = "fit",
        is_validation: bool = False,
    ) -> None:
        self.kind = type(iterator).__name__
        self._is_validation = is_validation
        self.num_batches = steps
        self.exhausted = False
        self.owner = owner
        self._iterator = _with_notes(iterator, self.kind)
        self._epochs = epochs
        self._peeked = []
        self._count = 0

    def epoch(self, epoch: int) -> Iterator[Batch]:
        """The next `steps` batches, whatever the number of the epoch."""
        count, start_s = 0, time.monotonic()
        while self.num_batches is None or count < self.num_batches:
            batch = self._peeked.pop() if self._peeked else self._next()
            if batch is None:
                self._warn_exhausted(count)
                return
            count += 1
            yield batch
            warn_if_endless(count, start_s, self.num_batches, self.kind, self.owner)

    def peek(self) -> Batch | None:
        """The next batch, which `epoch` yields again."""
        if not self._peeked:
            batch = self._next()
            if batch is None:
                return None
            self._peeked.append(batch)
        return self._peeked[0]

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
        return (
            f"{self.kind}{' given as validation_data' if self._is_validation else ''}"
        )

    def _warn_exhausted(self, count):
        steps, epochs = self.num_batches, self._epochs or 1
        if steps is None and (epochs == 1 or count):
            return
        if self._is_validation:
            self._warn_validation_exhausted(steps, epochs)
            return
        required = f"{epochs} epochs"
        if steps is not None:
            required = f"{epochs} x {steps} = {epochs * steps}"
        notices.once(
            ("dry", id(self)),
            f"The {self.kind} ran out of data after {self._count} batches; "
            f"{self.owner} needs {required}. Training ends here and keeps its result. "
            "Put the generator's body under `while True:`, or lower the steps or "
            "epochs.",
        )

    def _warn_validation_exhausted(self, steps, epochs):
        if steps is None:
            required = f"{epochs} epochs need them again after each"
            fix = "validation_data=list(generator)"
        else:
            required = (
                f"{epochs} epochs of validation_steps={steps} need {epochs * steps}"
            )
            fix = "a smaller validation_steps, or validation_data=list(generator)"
        notices.once(
            ("dry", id(self)),
            f"The {self._role} ran out after {self._count} batches, and {required}. "
            "Training continues; later epochs have no val_loss. A generator is read "
            "once: put its body under `while True:` and give validation_steps, or "
            f"write {fix}.",
        )


def warn_if_endless(
    count: int, start_s: float, num_batches: int | None, kind: str, owner: str
) -> None:
    """Give one notice if an epoch of unknown length takes suspiciously long.

    Args:
        count: batches so far.
        start_s: `time.monotonic()` at the start of the epoch.
        num_batches: batches of the epoch; None if unknown.
        kind: type of the source, "generator".
        owner: name of the calling function in messages.
    """
    if num_batches is None and time.monotonic() - start_s > ENDLESS_S:
        steps = "steps_per_epoch" if owner == "fit" else "steps"
        notices.once(
            ("endless", kind),
            f"{count:,} batches came from the {kind} in {ENDLESS_S} s and no end is "
            f"in sight. If it loops forever, stop and write {owner}(..., "
            f"{steps}=100).",
        )


def _with_notes(iterator, kind):
    """The items of `iterator`; errors in the user's code get a note with the batch."""
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
