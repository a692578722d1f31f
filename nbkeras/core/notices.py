"""Notices that are shown once: deprecations, and automatic changes."""

import inspect
import os
import warnings
from collections.abc import Hashable
from pathlib import Path

from nbkeras.core import front_end, settings
from nbkeras.core.names.display_name import display_text

# With the separator: "nbkeras_demo.py" next to the package is not part of it.
PACKAGE = f"{Path(__file__).parent.parent}{os.sep}"
_said: set[Hashable] = set()


class NbkerasNotice(UserWarning):
    """Something to know; nothing is wrong with the result."""


def once(key: Hashable, text: str) -> None:
    """Show `text` the first time that `key` occurs in this process."""
    if key in _said:
        return
    _said.add(key)
    warnings.warn(_in_words(text), NbkerasNotice, stacklevel=_depth_of_caller())


def say(text: str) -> None:
    """Show `text` each time, although Python shows a warning only once per line."""
    file, line = caller() or ("nbkeras", 1)
    text = _in_words(text)
    warnings.warn_explicit(text, NbkerasNotice, file, line, registry={})


def _in_words(text: str) -> str:
    """`text` in the chosen language, with nothing in it that steers a terminal."""
    if settings.language() != "en":
        text = front_end.current().in_words(text)
    return display_text(text)


def count_as_said(key: Hashable) -> None:
    """Suppress the notice of `key`, which was shown in another way."""
    _said.add(key)


def forget() -> None:
    """Say everything again; for tests."""
    _said.clear()


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
