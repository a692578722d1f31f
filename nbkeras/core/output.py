"""Print the library's messages: to a stream, or through `logging`."""

import logging
import sys
from typing import TextIO

from nbkeras.core import settings
from nbkeras.core.names.display_name import display_text

_logger = logging.getLogger("nbkeras")


def write(text: str, stream: TextIO | None = None) -> None:
    """Print `text`, or log it at level INFO if interactive logging is disabled.

    Args:
        text: the message, with its line ends.
        stream: where to print; None is `sys.stdout` at the time of the call.
    """
    if settings.is_interactive_logging_enabled():
        target = stream or sys.stdout
        target.write(display_text(text, moving=True))
        target.flush()
    elif text.strip():
        _logger.info(display_text(text.strip()))
