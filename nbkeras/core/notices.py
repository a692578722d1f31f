"""What is said once: old spellings and things done on the user's behalf."""

import sys
import warnings
from pathlib import Path

PACKAGE = str(Path(__file__).parent.parent)
_said = set()


class NbkerasNotice(UserWarning):
    """Something to know; nothing is wrong with the result."""


def once(key, text):
    """Show `text` the first time that `key` comes up in this process."""
    if key in _said:
        return
    _said.add(key)
    warnings.warn(text, NbkerasNotice, stacklevel=_depth_of_caller())


def forget():
    """Say everything again; for tests."""
    _said.clear()


def caller():
    """(file name, line number) of the first frame outside nbkeras."""
    frame = sys._getframe(1)
    while frame and frame.f_code.co_filename.startswith(PACKAGE):
        frame = frame.f_back
    if frame is None:
        return None
    return frame.f_code.co_filename, frame.f_lineno


def _depth_of_caller():
    frame, depth = sys._getframe(2), 2
    while frame and frame.f_code.co_filename.startswith(PACKAGE):
        frame, depth = frame.f_back, depth + 1
    return depth
