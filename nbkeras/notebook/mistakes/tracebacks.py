"""In a notebook, the last line of a traceback is said in the chosen language."""

from nbkeras.notebook.mistakes.translate import translate

ERRORS = (ValueError, TypeError, RuntimeError, AttributeError, OSError, MemoryError)


def load(shell):
    """Let `shell` translate errors, unless the user has a handler of their own."""
    if not shell.custom_exceptions:
        shell.set_custom_exc(ERRORS, show_translated)


def unload(shell):
    """Errors in English again."""
    if shell.custom_exceptions == ERRORS:
        shell.set_custom_exc((), None)


def show_translated(shell, kind, error, traceback, tb_offset=None):
    """IPython's traceback; where its message is one of ours, in the chosen language."""
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
    """The message replaced where it ends the traceback, not in lines of code."""
    before, separator, after = text.rpartition(message)
    return before + translated + after if separator else text
