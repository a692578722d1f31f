"""The GradientTapes that are open, and the hook through which variables record."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Callable, Generator
from typing import Any

_open: contextvars.ContextVar[tuple[Any, ...]] = contextvars.ContextVar(
    "open tapes", default=()
)


class Recorder:
    """Functions that variables call while a tape is open; `recording` sets them."""

    run: Callable[..., Any]
    refuse_jax: Callable[[Any], None]


recorder = Recorder()


def open_tapes() -> tuple[Any, ...]:
    """The tapes that are recording, the outermost first."""
    return _open.get()


@contextlib.contextmanager
def recording_on(tapes: tuple[Any, ...]) -> Generator[None]:
    """A context in which exactly these tapes record."""
    token = _open.set(tapes)
    try:
        yield
    finally:
        _open.reset(token)
