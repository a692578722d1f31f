"""Which GradientTapes record at this place, and what records for them."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Callable, Generator
from typing import Any

_open: contextvars.ContextVar[tuple[Any, ...]] = contextvars.ContextVar(
    "open tapes", default=()
)


class Recorder:
    """What variables ask while a tape is open; `recording` fills it in."""

    run: Callable[..., Any]
    refuse_jax: Callable[[Any], None]


recorder = Recorder()


def open_tapes() -> tuple[Any, ...]:
    """The tapes that record at this place, the outermost first."""
    return _open.get()


@contextlib.contextmanager
def recording_on(tapes: tuple[Any, ...]) -> Generator[None]:
    """Within this, these tapes record and no others."""
    token = _open.set(tapes)
    try:
        yield
    finally:
        _open.reset(token)
