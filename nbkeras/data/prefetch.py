"""Prefetching on threads: ordered, bounded, and stopped by `close`.

`map_ahead` applies a function to indices on several threads; `ahead` reads one iterator
on one thread. The results do not depend on the number of threads.
"""

import contextlib
import functools
import itertools
import os
import queue
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError, Future, InvalidStateError
from typing import Any

from nbkeras.core import check
from nbkeras.core.machine.background_threads import BackgroundThread

CLOSE_TIMEOUT_S = 5.0
_END = object()


def num_cores() -> int:
    """The number of CPU cores that this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def map_ahead(
    fetch: Callable[[Any], Any],
    indices: Iterable[Any],
    workers: int | None = None,
    depth: int | None = None,
) -> "PrefetchIterator":
    """`fetch(index)` for each of `indices` in order, computed ahead on threads.

    Args:
        fetch: function of one index; called on several threads at once.
        indices: a possibly endless iterable of indices. The consuming thread reads it,
            `depth` items ahead.
        workers: number of threads; None is one per core.
        depth: maximum number of items in progress or waiting; None is workers + 2.

    Returns:
        A `PrefetchIterator`: an iterator and context manager with `close()`.

    Raises:
        ValueError: `workers` or `depth` is not a positive integer.
    """
    workers = num_cores() if workers is None else workers
    workers = check.positive_int("map_ahead", "workers", workers, example=2)
    depth = workers + 2 if depth is None else depth
    depth = check.positive_int("map_ahead", "depth", depth, example=2)
    return PrefetchIterator(fetch, indices, min(workers, depth), depth)


def ahead(
    iterable: Iterable[Any], depth: int = 2, limit: int | None = None
) -> "PrefetchIterator":
    """The items of `iterable`, read up to `depth` ahead on one thread.

    Args:
        iterable: a generator or other iterable; only that thread uses it. It is not
            closed, so that it can be read further afterwards.
        depth: maximum number of items that are read before they are needed.
        limit: maximum number of items to read in total; None is no limit. With the
            number of items that will be used, a generator is not read too far.

    Returns:
        A `PrefetchIterator`: an iterator and context manager with `close()`.

    Raises:
        ValueError: `depth` is not a positive integer.
    """
    depth = check.positive_int("ahead", "depth", depth, example=2)
    turns = itertools.count() if limit is None else range(limit)
    return PrefetchIterator(_Reader(iterable), turns, workers=1, depth=depth)


class PrefetchIterator:
    """An ordered iterator over results of daemon threads; see `map_ahead` and `ahead`.

    An exception in a thread is raised in place of its item, with its own traceback, and
    ends the iteration. The threads end at `close()`, at the end of the items, at an
    exception, and when this object is freed.
    """

    def __init__(
        self,
        fetch: Callable[[Any], Any],
        indices: Iterable[Any],
        workers: int,
        depth: int,
    ) -> None:
        self._indices = iter(indices)
        self._pending = deque()
        self._todo = queue.SimpleQueue()
        self._depth = depth
        self._fetch = fetch
        self._workers = workers
        self._threads = []
        self._closed = False
        self._release = weakref.finalize(self, _end_workers, self._todo, workers)

    def __iter__(self):
        return self

    def __next__(self):
        if self._closed:
            raise StopIteration
        try:
            self._submit_pending()
            if not self._pending:
                self.close()
                raise StopIteration
            # Removed only when the result is there: an interrupted wait loses nothing.
            value = self._pending[0].result()
        except KeyboardInterrupt:
            raise
        except CancelledError:
            raise StopIteration from None
        except BaseException:
            self.close()
            raise
        if self._closed or value is _END:
            self.close()
            raise StopIteration
        self._pending.popleft()
        return value

    def close(self) -> None:
        """Discard unread results and end the threads; may be called repeatedly.

        Waits some seconds for a thread that is processing an item; after that the
        thread ends when its item is done.
        """
        self._closed = True
        for future in self._pending:
            if not future.cancel():
                # In progress: wake a thread that waits for this result.
                with contextlib.suppress(InvalidStateError):
                    future.set_exception(CancelledError())
        self._pending.clear()
        self._release()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(CLOSE_TIMEOUT_S)
        self._threads.clear()
        self._fetch = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def _submit_pending(self):
        while len(self._pending) < self._depth:
            try:
                index = next(self._indices)
            except StopIteration:
                break
            future = Future()
            self._pending.append(future)
            self._todo.put((future, index))
            if len(self._threads) < self._workers:
                self._start_thread()

    def _start_thread(self):
        thread = BackgroundThread(
            functools.partial(_work, self._todo, self._fetch),
            f"nbkeras-ahead-{len(self._threads)}",
            cancel=functools.partial(_end_workers, self._todo, self._workers),
        )
        thread.start()
        self._threads.append(thread)


class _Reader:
    """Returns the next item at each call, and `_END` after the end or an error."""

    def __init__(self, iterable):
        self._iterable = iterable
        self._iterator = None

    def __call__(self, turn):
        if self._iterable is None:
            return _END
        try:
            if self._iterator is None:
                self._iterator = iter(self._iterable)
            value = next(self._iterator, _END)
        except BaseException:
            self._iterable = None
            raise
        if value is _END:
            self._iterable = None
        return value


def _work(todo, fetch):
    # References only the queue and the function, so that the iterator can be freed.
    while (job := todo.get()) is not None:
        future, index = job
        if future.set_running_or_notify_cancel():
            try:
                complete, value = future.set_result, fetch(index)
            except BaseException as error:
                complete, value = future.set_exception, error
            with contextlib.suppress(InvalidStateError):  # closed meanwhile
                complete(value)
            del complete, value
        del job, future, index


def _end_workers(todo, workers):
    with contextlib.suppress(queue.Empty):
        while (job := todo.get_nowait()) is not None:
            job[0].cancel()
    for _ in range(workers):
        todo.put(None)
