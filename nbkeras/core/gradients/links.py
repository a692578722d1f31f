"""How outputs of one recorded call depend on each other.

A model that gives the activations of a layer beside its prediction is one call, yet
tutorials ask for the gradient of the prediction with respect to the activations
(Grad-CAM). The layers report every array that they pass on; where one of them is an
output too, zeros are added to it, and their gradient is the one that was asked for.
"""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Generator, Mapping
from typing import Any

_current: contextvars.ContextVar[Links | None] = contextvars.ContextVar(
    "links", default=None
)


class Links:
    """The arrays that pass from layer to layer in one run.

    Args:
        added: {number of an array, in the order of their passing: what is added to it}.
    """

    def __init__(self, added: Mapping[int, Any] | None = None) -> None:
        self._added = dict(added or {})
        self._count = 0
        # {id of an array: it and the number of its first passing}
        self._passed: dict[int, tuple[Any, int]] = {}

    def passed(self, array: Any) -> Any:
        """Note an array that a layer gives; returns it with what is added to it."""
        number = self._count
        self._count += 1
        self._passed.setdefault(id(array), (array, number))
        return array + self._added[number] if number in self._added else array

    def number_of(self, array: Any) -> int | None:
        """The number of the first passing of `array`; None if it was not passed on."""
        known, number = self._passed.get(id(array), (None, None))
        return number if known is array else None


def current() -> Links | None:
    """The links that are noted in this run, or None."""
    return _current.get()


@contextlib.contextmanager
def noting(links: Links | None) -> Generator[None]:
    """Within this, layers report to `links`."""
    token = _current.set(links)
    try:
        yield
    finally:
        _current.reset(token)
