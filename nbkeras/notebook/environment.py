"""Detect the front end, and whether it can show widgets."""

import sys


def shell():
    """The running IPython shell, or None; does not import IPython."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module else None


def in_kernel():
    """Whether code runs in a Jupyter kernel, where widgets can be shown.

    IPython in a terminal has a shell but no kernel, and gets text.
    """
    return getattr(shell(), "kernel", None) is not None


def cell():
    """Number of the running cell, None outside of notebooks."""
    return getattr(shell(), "execution_count", None)


def cell_id():
    """The front end's id of the running cell, or None."""
    get_parent = getattr(getattr(shell(), "kernel", None), "get_parent", None)
    message = get_parent() if callable(get_parent) else None
    metadata = message.get("metadata") if isinstance(message, dict) else None
    return metadata.get("cellId") if isinstance(metadata, dict) else None
