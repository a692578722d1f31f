"""`%load_ext nbkeras`: enable and disable the parts of the extension."""

import importlib

# Modules of this package with `load(shell)` and `unload(shell)`; each checks whether
# the front end supports it.
PARTS = (
    "dashboard.live_display",
    "linter.adviser",
    "model_plot.displays",
    "model_magic.magics",
    "exercises.magics",
    "error_messages.tracebacks",
)


def load(shell):
    """Enable every part; loading twice changes nothing."""
    for part in PARTS:
        importlib.import_module(f"nbkeras.notebook.{part}").load(shell)


def unload(shell):
    """Disable every part, in reverse order."""
    for part in reversed(PARTS):
        importlib.import_module(f"nbkeras.notebook.{part}").unload(shell)
