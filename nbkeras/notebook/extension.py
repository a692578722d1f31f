"""`%load_ext nbkeras`: what it switches on, part by part, and off again."""

import importlib

# Modules of this package with `load(shell)` and `unload(shell)`; each looks for itself
# whether the front end can do what it needs.
PARTS = (
    "dashboard.live_display",
    "linter.adviser",
    "model_plot.displays",
    "model_magic.magics",
    "mistakes.tracebacks",
)


def load(shell):
    """Switch every part on; loading twice changes nothing."""
    for part in PARTS:
        importlib.import_module(f"nbkeras.notebook.{part}").load(shell)


def unload(shell):
    """Switch every part off, in the other order."""
    for part in reversed(PARTS):
        importlib.import_module(f"nbkeras.notebook.{part}").unload(shell)
