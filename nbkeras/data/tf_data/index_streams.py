"""Reorder and select row numbers, for datasets that are rows of arrays.

Each function takes and returns an iterator of int arrays (chunks of row numbers).
"""

import itertools
from collections.abc import Callable, Iterator

import numpy as np

from nbkeras.data.tf_data import element_streams

Chunks = Iterator[np.ndarray]


def shuffled(chunks: Chunks, size: int, generator: np.random.Generator) -> Chunks:
    """Shuffle with a buffer of `size` rows."""
    chunks = iter(chunks)
    rows = _at_least(chunks, size + 1)
    if len(rows) <= size:  # the buffer holds all rows: every order is equally likely
        yield generator.permutation(rows)
        return
    buffer, rows = rows[:size].tolist(), rows[size:]
    while len(rows):
        indices = generator.integers(0, size, len(rows)).tolist()
        leaving = element_streams.exchange(buffer, rows.tolist(), indices)
        yield np.fromiter(leaving, rows.dtype, len(rows))
        rows = next(chunks, rows[:0])
    yield generator.permutation(np.array(buffer, rows.dtype))


def _at_least(chunks, count):
    """Chunks joined until there are at least `count` row numbers, or no more."""
    parts: list[np.ndarray] = []
    while sum(map(len, parts)) < count:
        chunk = next(chunks, None)
        if chunk is None:
            break
        parts.append(chunk)
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def taken(chunks: Chunks, count: int) -> Chunks:
    """The first `count` row numbers."""
    for chunk in chunks:
        if count <= 0:
            return
        yield chunk[:count]
        count -= len(chunk)


def skipped(chunks: Chunks, count: int) -> Chunks:
    """All but the first `count` row numbers."""
    for chunk in chunks:
        if count < len(chunk):
            yield chunk[count:]
        count = max(count - len(chunk), 0)


def every(chunks: Chunks, step: int, first: int) -> Chunks:
    """Every `step`-th row number, starting with the one at index `first`."""
    for chunk in chunks:
        yield chunk[first::step]
        first = (first - len(chunk)) % step


def repeated(start: Callable[[], Chunks], times: int | None) -> Chunks:
    """`times` iterations, one after another; None repeats forever, unless empty."""
    for _ in itertools.count() if times is None else range(times):
        is_empty = True
        for chunk in start():
            is_empty = is_empty and not len(chunk)
            yield chunk
        if is_empty:
            return


def in_chunks_of(chunks: Chunks, size: int) -> Chunks:
    """The same row numbers in chunks of `size`; the last may be shorter."""
    rest = np.zeros(0, np.int64)
    for chunk in chunks:
        rest = np.concatenate([rest, chunk]) if len(rest) else chunk
        end = len(rest) // size * size
        for start in range(0, end, size):
            yield rest[start : start + size]
        rest = rest[end:]
    if len(rest):
        yield rest
