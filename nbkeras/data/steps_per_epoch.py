"""`steps_per_epoch`: a fixed number of batches per epoch, from data of any length."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from nbkeras.core import notices
from nbkeras.data.batches import Batches, close, first, reseed

if TYPE_CHECKING:
    from nbkeras.data.batches import Batch


class SteppedBatches(Batches):
    """`steps` batches per epoch; each epoch continues where the last one stopped.

    When the data ends, it is restarted, as in Keras 2. Batch i of epoch e is batch
    e * steps + i of the repeated data, so that a fit resumed with `initial_epoch` reads
    the same batches as an uninterrupted one.

    Args:
        source: `Batches` that can be read repeatedly.
        steps: batches per epoch.
        owner: name of the calling function in messages.
    """

    def __init__(self, source: Any, steps: int, owner: str = "fit") -> None:
        self.source = source
        self.num_batches = steps
        self.owner = owner
        self._stream: Any = None  # the iterator of the current pass
        self._position: Any = None
        self._pass = 0
        count = source.num_batches
        if count is not None and count < steps:
            self._warn_restarted(count)

    @property
    def batch_size(self) -> int | None:
        """As in the source."""
        return self.source.batch_size

    @property
    def rereadable(self) -> bool:
        """As in the source."""
        return getattr(self.source, "rereadable", True)

    def reseed(self, seed: int) -> None:
        """Delegate to the source."""
        reseed(self.source, seed)

    @property
    def data(self) -> Any:
        """The arrays that the batches are cut from, or None."""
        return getattr(self.source, "data", None)

    def epoch(self, epoch: int) -> Iterator[Batch]:
        """The batches of epoch `epoch`."""
        position = epoch * self.num_batches
        if self._stream is None or self._position != position:
            self._seek(position)
        elif 0 < self._seen != self.source.num_batches:
            self._tell("epoch_began")  # within a pass, which began in an earlier epoch
        for _ in range(self.num_batches):
            try:
                batch = self._next()
            except BaseException:
                self._close_stream()
                raise
            self._position += 1
            yield batch
        self._end_epoch()

    def peek(self) -> Batch | None:
        """The first batch of the source."""
        return first(self.source)

    def close(self) -> None:
        """Close the current pass and the source."""
        self._close_stream()
        self.source.close()

    def _seek(self, position):
        self._close_stream()
        count = self.source.num_batches
        if count:
            self._pass, skip = divmod(position, count)
        else:
            # The length is unknown: only an endless source can skip batches.
            endless = getattr(self.source, "endless", False)
            self._pass, skip = 0, position if endless else 0
        self._stream = read_from(self.source, self._pass, skip)
        self._position = position
        self._seen = skip

    def _next(self):
        batch = next(self._stream, None)
        if batch is None:
            if not self._seen:
                raise ValueError(
                    f"{self.owner} got no batch from the data. Check that it yields "
                    "(x, y) each time it is read."
                )
            if self._seen < self.num_batches:
                self._warn_restarted(self._seen)
            self._pass, self._seen = self._pass + 1, 0
            close(self._stream)
            self._stream = read_from(self.source, self._pass, 0)
            return self._next()
        self._seen += 1
        return batch

    def _end_epoch(self):
        """Tell the source that the epoch ended, unless its own pass ended too."""
        if self._seen == self.source.num_batches and self._stream is not None:
            next(self._stream, None)
            return
        self._tell("epoch_ended")

    def _tell(self, event):
        """Call the source's method of this name, if it has one."""
        method = getattr(self.source, event, None)
        if method is not None:
            method()

    def _close_stream(self):
        close(self._stream)
        self._stream = None

    def _warn_restarted(self, count):
        steps = self.num_batches
        notices.once(
            ("again", steps, count),
            f"{self.owner}(steps_per_epoch={steps}): the data has {count} batches, so "
            "it is restarted within each epoch, as in Keras 2. To use each row once "
            "per epoch, leave steps_per_epoch out.",
        )


class FirstBatches(Batches):
    """The first `steps` batches of the data in each epoch; for evaluation."""

    def __init__(self, source: Any, steps: int, owner: str = "evaluate") -> None:
        self.source = source
        self._steps = steps
        count = source.num_batches
        if count is not None and count < steps:
            name = "validation_steps" if owner == "fit" else "steps"
            notices.once(
                ("first", owner, steps, count),
                f"{owner}({name}={steps}): the data has only {count} batches; each is "
                f"used once. Leave {name} out to use all of the data.",
            )

    @property
    def num_batches(self) -> int | None:
        """The smaller of `steps` and the number of batches in the source."""
        count = self.source.num_batches
        return self._steps if count is None else min(self._steps, count)

    @property
    def batch_size(self) -> int | None:
        """As in the source."""
        return self.source.batch_size

    @property
    def rereadable(self) -> bool:
        """As in the source."""
        return getattr(self.source, "rereadable", True)

    def reseed(self, seed: int) -> None:
        """Delegate to the source."""
        reseed(self.source, seed)

    @property
    def data(self) -> Any:
        """The arrays that the batches are cut from, or None."""
        return getattr(self.source, "data", None)

    def epoch(self, epoch: int) -> Iterator[Batch]:
        """The first batches of epoch `epoch`."""
        batches = iter(self.source.epoch(epoch))
        try:
            yield from itertools.islice(batches, self._steps)
        finally:
            close(batches)

    def peek(self) -> Batch | None:
        """The first batch of the source."""
        return first(self.source)

    def close(self) -> None:
        """Close the source."""
        self.source.close()


def read_from(source: Any, number: int, skip: int) -> Iterator[Batch]:
    """Iterator over pass `number` of `source` without its first `skip` batches."""
    if skip and "start" in inspect.signature(source.epoch).parameters:
        return iter(source.epoch(number, start=skip))
    batches = iter(source.epoch(number))
    for _ in range(skip):
        next(batches, None)
    return batches
