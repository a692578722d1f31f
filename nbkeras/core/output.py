"""Output of the library's text: to a stream, or to `logging`."""

import logging
import sys
from typing import TextIO

from nbkeras.core import settings
from nbkeras.core.names.display_name import display_text

_logger = logging.getLogger("nbkeras")


def write(text: str, stream: TextIO | None = None) -> None:
    """Print `text`; without interactive logging, log it at level INFO.

    Args:
        text: with its own line ends.
        stream: None is `sys.stdout` at the time of writing.
    """
    if settings.is_interactive_logging_enabled():
        target = stream or sys.stdout
        target.write(display_text(text, moving=True))
        target.flush()
    elif text.strip():
        _logger.info(display_text(text.strip()))
