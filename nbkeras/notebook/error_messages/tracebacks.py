"""Translate the last line of a traceback in a notebook."""

from nbkeras.notebook.error_messages.translate import translate

ERRORS = (ValueError, TypeError, RuntimeError, AttributeError, OSError, MemoryError)


def load(shell):
    """Make `shell` translate errors, unless the user has set a handler."""
    if not shell.custom_exceptions:
        shell.set_custom_exc(ERRORS, show_translated)


def unload(shell):
    """Show errors in English again."""
    if shell.custom_exceptions == ERRORS:
        shell.set_custom_exc((), None)


def show_translated(shell, kind, error, traceback, tb_offset=None):
    """IPython's traceback, with messages of nbkeras in the chosen language."""
    message = str(error)
    translated = translate(message)
    if hasattr(error, "_render_traceback_") or translated == message:
        shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)
        return
    lines = shell.InteractiveTB.structured_traceback(
        kind, error, traceback, tb_offset=tb_offset
    )
    swapped = [_swapped(line, message, translated) for line in lines]
    shell._showtraceback(kind, error, swapped)


def _swapped(text, message, translated):
    """Replace the message at the end of the traceback, but not in lines of code."""
    before, separator, after = text.rpartition(message)
    return before + translated + after if separator else text
