"""Streams of row numbers in arrays: what `shuffle`, `take`, `repeat` do to indices.

Each function takes and gives an iterator of int arrays (chunks of row numbers).
"""

from collections.abc import Callable, Iterator

import numpy as np

Chunks = Iterator[np.ndarray]


def shuffled(chunks: Chunks, size: int, draw: np.random.Generator) -> Chunks:
    """In the order of a buffer of `size` from which a random one is taken each time."""
    chunks = iter(chunks)
    waiting = _first(chunks, size + 1)
    if len(waiting) <= size:  # all rows fit: any order is equally likely
        yield draw.permutation(waiting)
        return
    buffer, rest = waiting[:size].copy(), waiting[size:]
    while len(rest):
        places = draw.integers(0, size, len(rest))
        leaving = np.empty_like(rest)
        for number, (place, entering) in enumerate(zip(places, rest, strict=True)):
            leaving[number] = buffer[place]
            buffer[place] = entering
        yield leaving
        rest = next(chunks, rest[:0])
    yield draw.permutation(buffer)


def _first(chunks, count):
    """Chunks joined until there are at least `count` numbers, or no more."""
    taken: list[np.ndarray] = []
    while sum(map(len, taken)) < count:
        chunk = next(chunks, None)
        if chunk is None:
            break
        taken.append(chunk)
    return np.concatenate(taken) if taken else np.zeros(0, np.int64)


def taken(chunks: Chunks, count: int) -> Chunks:
    """The first `count` numbers."""
    for chunk in chunks:
        if count <= 0:
            return
        yield chunk[:count]
        count -= len(chunk)


def skipped(chunks: Chunks, count: int) -> Chunks:
    """All but the first `count` numbers."""
    for chunk in chunks:
        if count < len(chunk):
            yield chunk[count:]
        count = max(count - len(chunk), 0)


def every(chunks: Chunks, step: int, first: int) -> Chunks:
    """Each `step`-th number, from number `first` on."""
    for chunk in chunks:
        yield chunk[first::step]
        first = (first - len(chunk)) % step


def repeated(start: Callable[[], Chunks], count: int | None) -> Chunks:
    """The stream again and again; None is without end."""
    turn = 0
    while count is None or turn < count:
        empty = True
        for chunk in start():
            empty = empty and not len(chunk)
            yield chunk
        if empty:
            return
        turn += 1


def in_chunks_of(chunks: Chunks, size: int) -> Chunks:
    """The same numbers in chunks of exactly `size`; the last one may be shorter."""
    held = np.zeros(0, np.int64)
    for chunk in chunks:
        held = np.concatenate([held, chunk]) if len(held) else chunk
        full = len(held) // size * size
        for start in range(0, full, size):
            yield held[start : start + size]
        held = held[full:]
    if len(held):
        yield held
