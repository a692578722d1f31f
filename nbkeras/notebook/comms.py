"""Deliver widget messages while a cell runs.

JupyterLab 4.4 and later send a widget's messages to a subshell of the kernel, which
responds while a cell runs. ipykernel 7 forwards such a message to the shell that last
*published* on the widget's comm: for a widget that a running cell updates, that is the
busy main shell, so clicks would wait for the end of the cell. This module keeps the
front end's choice. It relies on private attributes of ipykernel; if they are missing,
nothing is changed and messages wait as before.
"""

HOOK = "_reply_subshell_for"


def serve_while_busy(widget):
    """Handle a widget's messages in the subshell chosen by the front end.

    Returns:
        Whether this kernel supports it.
    """
    comm = getattr(widget, "comm", None)
    if not callable(getattr(comm, HOOK, None)):
        return False
    setattr(comm, HOOK, _as_sent)
    return True


def _as_sent(data, default):
    return default
