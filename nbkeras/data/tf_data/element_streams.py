"""Orders of the elements of streams, for data sets that are not rows of arrays."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np


def shuffled(
    stream: Iterator[Any], size: int, draw: np.random.Generator
) -> Iterator[Any]:
    """In the order of a buffer of `size` from which a random one is taken each time."""
    buffer = list(itertools.islice(stream, size))
    for element in stream:
        place = draw.integers(len(buffer))
        yield buffer[place]
        buffer[place] = element
    for place in draw.permutation(len(buffer)):
        yield buffer[place]


def repeated(start: Callable[[], Iterator[Any]], times: int | None) -> Iterator[Any]:
    """One pass after the other; None is without end, unless a pass is empty."""
    turns = itertools.count() if times is None else range(times)
    for _ in turns:
        empty = True
        for element in start():
            empty = False
            yield element
        if empty:
            return


def interleaved(
    streams: Iterator[Iterator[Any]], width: int, length: int
) -> Iterator[Any]:
    """Elements of up to `width` streams in turn, `length` of each."""
    slots: list[Iterator[Any] | None] = [None] * width
    more = True
    while True:
        for place in range(width):
            if slots[place] is None and more:
                slots[place] = next(streams, None)
                more = slots[place] is not None
            stream = slots[place]
            if stream is None:
                continue
            taken = list(itertools.islice(stream, length))
            yield from taken
            if len(taken) < length:
                slots[place] = None  # filled again when its turn comes
        if not more and not any(slots):
            return


def windows(
    stream: Iterator[Any], size: int, step: int, stride: int, drop: bool
) -> Iterator[list[Any]]:
    """Lists of `size` elements, `stride` apart, that begin `step` elements apart."""
    width = (size - 1) * stride + 1
    held: list[Any] = list(itertools.islice(stream, width))
    while held:
        part = held[:width:stride]
        if len(part) == size or not drop:
            yield part
        if len(part) < size and drop:
            return
        for _ in range(max(step - len(held), 0)):
            next(stream, None)
        held = held[step:]
        held.extend(itertools.islice(stream, width - len(held)))


def sampled(
    passes: list[Iterator[Any]],
    weights: np.ndarray,
    draw: np.random.Generator,
    stop: bool,
) -> Iterator[Any]:
    """Elements of several streams, each time from one drawn with these weights."""
    end = object()
    while len(passes):
        place = int(draw.choice(len(passes), p=weights / weights.sum()))
        element = next(passes[place], end)
        if element is not end:
            yield element
        elif stop:
            return
        else:
            del passes[place]
            weights = np.delete(weights, place)
