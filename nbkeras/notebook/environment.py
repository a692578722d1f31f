"""Detect the front end, and whether it can show widgets."""

import sys


def shell():
    """The running IPython shell, or None; IPython is not imported for asking."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module else None


def in_kernel():
    """Whether code runs in a Jupyter kernel, where widgets can be shown.

    A terminal IPython has a shell but no kernel: it gets text.
    """
    return getattr(shell(), "kernel", None) is not None


def cell():
    """Number of the cell that runs, None outside of notebooks."""
    return getattr(shell(), "execution_count", None)


def cell_id():
    """The id that the front end gives the cell that runs; None if it gives none."""
    get_parent = getattr(getattr(shell(), "kernel", None), "get_parent", None)
    message = get_parent() if callable(get_parent) else None
    metadata = message.get("metadata") if isinstance(message, dict) else None
    return metadata.get("cellId") if isinstance(metadata, dict) else None
