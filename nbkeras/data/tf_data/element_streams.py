"""Reorder and select elements of iterators, for datasets other than rows of arrays."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np


def shuffled(
    stream: Iterator[Any], size: int, generator: np.random.Generator
) -> Iterator[Any]:
    """Shuffle with a buffer of `size` elements."""
    buffer = list(itertools.islice(stream, size))
    indices = iter(lambda: int(generator.integers(len(buffer))), None)
    yield from exchange(buffer, stream, indices)
    for index in generator.permutation(len(buffer)):
        yield buffer[index]


def exchange(
    buffer: list[Any], stream: Iterable[Any], indices: Iterable[int]
) -> Iterator[Any]:
    """Replace entries of `buffer` by the elements of `stream`; yield the old entries.

    Args:
        buffer: the shuffle buffer, which is changed.
        stream: the elements to insert.
        indices: for each element, the index of the entry that it replaces.
    """
    for element, index in zip(stream, indices, strict=False):
        leaving, buffer[index] = buffer[index], element
        yield leaving


def repeated(start: Callable[[], Iterator[Any]], times: int | None) -> Iterator[Any]:
    """`times` iterations, one after another; None repeats forever, unless empty."""
    for _ in itertools.count() if times is None else range(times):
        is_empty = True
        for element in start():
            is_empty = False
            yield element
        if is_empty:
            return


def interleaved(
    streams: Iterator[Iterator[Any]], width: int, length: int
) -> Iterator[Any]:
    """Elements of up to `width` streams in turn, `length` at a time."""
    slots: list[Iterator[Any] | None] = [None] * width
    has_more = True
    while True:
        for index in range(width):
            if slots[index] is None and has_more:
                slots[index] = next(streams, None)
                has_more = slots[index] is not None
            stream = slots[index]
            if stream is None:
                continue
            block = list(itertools.islice(stream, length))
            yield from block
            if len(block) < length:
                slots[index] = None  # the next stream takes the slot
        if not has_more and not any(slots):
            return


def windows(
    stream: Iterator[Any], size: int, shift: int, stride: int, drop_remainder: bool
) -> Iterator[list[Any]]:
    """Sliding windows: lists of `size` elements, `stride` apart, every `shift`."""
    width = (size - 1) * stride + 1
    buffer: list[Any] = list(itertools.islice(stream, width))
    while buffer:
        window = buffer[:width:stride]
        if len(window) < size and drop_remainder:
            return
        yield window
        for _ in range(max(shift - len(buffer), 0)):
            next(stream, None)
        buffer = buffer[shift:]
        buffer.extend(itertools.islice(stream, width - len(buffer)))


def sampled(
    streams: list[Iterator[Any]],
    weights: np.ndarray,
    generator: np.random.Generator,
    stop_on_empty: bool,
) -> Iterator[Any]:
    """Elements of several streams, each from a stream drawn with these weights."""
    end = object()
    while len(streams):
        index = int(generator.choice(len(streams), p=weights / weights.sum()))
        element = next(streams[index], end)
        if element is not end:
            yield element
        elif stop_on_empty:
            return
        else:
            del streams[index]
            weights = np.delete(weights, index)
