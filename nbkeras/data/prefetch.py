"""Prefetching on threads: ordered, bounded, and ended by `close`.

`map_ahead` prepares numbered items on several threads, `ahead` reads one iterator
on one thread. What comes out does not depend on the number of threads.
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
    """The number of processors that this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def map_ahead(
    fetch: Callable[[Any], Any],
    indices: Iterable[Any],
    workers: int | None = None,
    depth: int | None = None,
) -> "Ahead":
    """`fetch(index)` for each of `indices` in order, some of them ahead of time.

    Args:
        fetch: function of one index; called on several threads at once.
        indices: iterable of indices, also an endless one. It is read by the
            thread that asks for items, `depth` items ahead.
        workers: number of threads; None is one a core.
        depth: how many items may be under way or waiting; None is workers + 2.

    Returns:
        An `Ahead`: an iterator and context manager with `close()`.

    Raises:
        ValueError: `workers` or `depth` is not a positive integer.
    """
    workers = num_cores() if workers is None else workers
    workers = check.positive_int("map_ahead", "workers", workers, example=2)
    depth = workers + 2 if depth is None else depth
    depth = check.positive_int("map_ahead", "depth", depth, example=2)
    return Ahead(fetch, indices, min(workers, depth), depth)


def ahead(iterable: Iterable[Any], depth: int = 2, limit: int | None = None) -> "Ahead":
    """The items of `iterable`, read up to `depth` ahead on one thread.

    Args:
        iterable: a generator or other iterable; only the one thread touches it,
            and it is left open, so that it can be read on later.
        depth: how many items may be read before they are asked for.
        limit: never read more than this many; None is no limit. With the number of
            items that will be used, a generator stands where it was left.

    Returns:
        An `Ahead`: an iterator and context manager with `close()`.

    Raises:
        ValueError: `depth` is not a positive integer.
    """
    depth = check.positive_int("ahead", "depth", depth, example=2)
    turns = itertools.count() if limit is None else range(limit)
    return Ahead(_Reader(iterable), turns, workers=1, depth=depth)


class Ahead:
    """An ordered iterator over results of daemon threads; see `map_ahead` and `ahead`.

    An exception of the work is raised where its item would have come, with its own
    traceback, and ends the iteration. No thread outlives `close()`, the end of the
    items, an exception, or this object.
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
        self._release = weakref.finalize(self, _send_home, self._todo, workers)

    def __iter__(self):
        return self

    def __next__(self):
        if self._closed:
            raise StopIteration
        try:
            self._top_up()
            if not self._pending:
                self.close()
                raise StopIteration
            # Removed only once it is there, so that an interrupted wait loses nothing.
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
        """Drop unread results and end the threads; safe to call again.

        A thread that is in the middle of an item is given some seconds; after that
        it ends by itself when the item does.
        """
        self._closed = True
        for future in self._pending:
            if not future.cancel():
                # In progress: wake a thread that waits for it.
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

    def _top_up(self):
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
            cancel=functools.partial(_send_home, self._todo, self._workers),
        )
        thread.start()
        self._threads.append(thread)


class _Reader:
    """Called once per item; after the end or an error it stays at the end."""

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
    # Holds only the queue and the function, so that an unused Ahead can be freed.
    while (job := todo.get()) is not None:
        future, index = job
        if future.set_running_or_notify_cancel():
            try:
                settle, value = future.set_result, fetch(index)
            except BaseException as error:
                settle, value = future.set_exception, error
            with contextlib.suppress(InvalidStateError):  # closed meanwhile
                settle(value)
            del settle, value
        del job, future, index


def _send_home(todo, workers):
    with contextlib.suppress(queue.Empty):
        while (job := todo.get_nowait()) is not None:
            job[0].cancel()
    for _ in range(workers):
        todo.put(None)
