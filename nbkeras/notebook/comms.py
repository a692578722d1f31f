"""Deliver widget messages while a cell runs.

JupyterLab 4.4 and later send a widget's messages to a subshell of the kernel, which
answers while a cell runs. ipykernel 7 hands such a message on to the shell that last
*published* on the widget's comm; for a widget that a running cell updates that is the
busy main shell, and clicks would wait until the cell ends. Here the front end's own
choice is kept. This is ipykernel's private ground, so it is looked for first, and where
it is not found nothing is changed: the message then waits, as it did before.
"""

HOOK = "_reply_subshell_for"


def serve_while_busy(widget):
    """Handle a widget's messages in the subshell that the front end chose.

    Returns:
        Whether this kernel has the ground for it.
    """
    comm = getattr(widget, "comm", None)
    if not callable(getattr(comm, HOOK, None)):
        return False
    setattr(comm, HOOK, _as_sent)
    return True


def _as_sent(data, default):
    return default
