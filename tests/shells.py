"""IPython shells for tests."""

import atexit

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config


def new_shell():
    """A shell without a history, which would be written into the user's own folder.

    The interpreter would keep each shell to its end, and collect all garbage once for
    each: five minutes for those of `tests/unit/notebook`.
    """
    shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}))
    atexit.unregister(shell.atexit_operations)
    return shell
