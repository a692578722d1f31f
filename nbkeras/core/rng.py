"""The global seed; NumPy's global generator is never used."""

import contextlib
import contextvars
import itertools
import secrets
import threading
import zlib
from collections.abc import Callable, Generator
from typing import Any

import numpy as np

from nbkeras.core import check

_lock = threading.Lock()
_seed: int | None = None
_counter = itertools.count()
_source: contextvars.ContextVar[Callable[[], Any] | None] = contextvars.ContextVar(
    "seed_source", default=None
)


def set_seed(seed: Any) -> None:
    """Set the global seed, an integer >= 0, which determines all later random draws."""
    global _seed, _counter
    if not check.is_int(seed) or seed < 0:
        raise ValueError(
            f"set_random_seed({seed!r}): the seed must be an integer of at least 0. "
            "Write for example set_random_seed(42)."
        )
    with _lock:
        _seed, _counter = int(seed), itertools.count()


def is_set() -> bool:
    """Whether `set_seed` was called."""
    return _seed is not None


def next_seed() -> int:
    """A new 32-bit seed: the next of the global stream, or a system one without a seed.

    Within `seeds_from(source)` it is `source()`, which may be a traced number.
    """
    source = _source.get()
    if source is not None:
        return source()
    with _lock:
        if _seed is None:
            return secrets.randbits(32)
        return derive(_seed, next(_counter))


@contextlib.contextmanager
def seeds_from(source: Callable[[], Any]) -> Generator[None]:
    """A context in which `next_seed()` returns `source()`, in this thread.

    With seeds computed from an argument, a function that is traced once draws different
    numbers for each element that it is run on.
    """
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)


def in_seed_source() -> bool:
    """Whether a `seeds_from` context is open."""
    return _source.get() is not None


def derive(seed: int, *purpose: int | str) -> int:
    """A 32-bit seed computed from `seed` and each integer or string of `purpose`."""
    words = [int(seed) & 0xFFFFFFFF]
    for part in purpose:
        text = part.encode() if isinstance(part, str) else None
        words.append(zlib.crc32(text) if text is not None else int(part) & 0xFFFFFFFF)
    return int(np.random.SeedSequence(words).generate_state(1)[0])


def generator(seed: int, *purpose: int | str) -> np.random.Generator:
    """A new NumPy generator for `seed` and `purpose`."""
    return np.random.Generator(np.random.Philox(derive(seed, *purpose)))
