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
