"""Notices: warnings about deprecations and automatic changes, each shown once."""

import inspect
import os
import warnings
from collections.abc import Hashable
from pathlib import Path

from nbkeras.core import front_end, settings
from nbkeras.core.names.display_name import display_text

# With the separator: "nbkeras_demo.py" next to the package is not part of it.
PACKAGE = f"{Path(__file__).parent.parent}{os.sep}"
_shown: set[Hashable] = set()


class NbkerasNotice(UserWarning):
    """A notice; the result is correct."""


def once(key: Hashable, text: str) -> None:
    """Show `text` unless a notice with the same `key` was shown in this process."""
    if key in _shown:
        return
    _shown.add(key)
    warnings.warn(_in_words(text), NbkerasNotice, stacklevel=_depth_of_caller())


def say(text: str) -> None:
    """Show `text` every time; Python would show a warning once per source line."""
    file, line = caller() or ("nbkeras", 1)
    text = _in_words(text)
    warnings.warn_explicit(text, NbkerasNotice, file, line, registry={})


def _in_words(text: str) -> str:
    """`text` in the chosen language, with nothing in it that steers a terminal."""
    if settings.language() != "en":
        text = front_end.current().in_words(text)
    return display_text(text)


def count_as_shown(key: Hashable) -> None:
    """Suppress the notice with `key`, which was displayed another way."""
    _shown.add(key)


def forget() -> None:
    """Forget which notices were shown; for tests."""
    _shown.clear()


def caller() -> tuple[str, int] | None:
    """(file name, line number) of the first frame outside nbkeras."""
    frame = inspect.currentframe()
    while frame and frame.f_code.co_filename.startswith(PACKAGE):
        frame = frame.f_back
    if frame is None:
        return None
    return frame.f_code.co_filename, frame.f_lineno


def _depth_of_caller() -> int:
    frame, depth = inspect.currentframe(), 0
    while frame and frame.f_code.co_filename.startswith(PACKAGE):
        frame, depth = frame.f_back, depth + 1
    return depth
