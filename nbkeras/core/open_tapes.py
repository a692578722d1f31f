"""Which GradientTapes record at this place."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Generator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbkeras.core.gradient_tape import GradientTape

_open: contextvars.ContextVar[tuple[GradientTape, ...]] = contextvars.ContextVar(
    "open tapes", default=()
)


def open_tapes() -> tuple[GradientTape, ...]:
    """The tapes that record at this place, the outermost first."""
    return _open.get()


@contextlib.contextmanager
def recording_on(tapes: tuple[GradientTape, ...]) -> Generator[None]:
    """Within this, these tapes record and no others."""
    token = _open.set(tapes)
    try:
        yield
    finally:
        _open.reset(token)
