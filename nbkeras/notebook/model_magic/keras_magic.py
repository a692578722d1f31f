"""`%%keras` and `%keras`: make `import keras` import nbkeras in this notebook."""

import importlib.machinery

from nbkeras import compat
from nbkeras.notebook.cell_code import run_cell
from nbkeras.notebook.widget import translations

# The module that IPython loads for `%load_ext nbkeras --as keras`.
AS_KERAS = "nbkeras --as keras"


class MagicError(RuntimeError):
    """`import keras` cannot be redirected; shown without a traceback."""

    def _render_traceback_(self):
        return [str(self)]


def switch(how, shell):
    """`%keras`, `%keras on` or `%keras off`."""
    if how in ("", "on"):
        _install()
        print(translations.text("model_magic", "keras_on"))
        if importlib.machinery.PathFinder.find_spec("tensorflow") is not None:
            print(translations.text("model_magic", "keras_not_tensorflow"))
    elif how == "off":
        compat.uninstall()
        shell.extension_manager.loaded.discard(AS_KERAS)  # it can be loaded again
        print(translations.text("model_magic", "keras_off"))
    else:
        raise MagicError(translations.text("model_magic", "keras_usage", how=how))


def run(shell, cell):
    """Run a cell in which `import keras` imports nbkeras.

    Names imported by the cell persist. If `%keras` is already on, it stays on.
    """
    before = compat.installed()
    _install()
    try:
        return run_cell(shell, cell)
    finally:
        if not before:
            compat.uninstall()


def load_as_keras(shell):
    """`%load_ext nbkeras --as keras`."""
    if "nbkeras" not in shell.extension_manager.loaded:
        shell.extension_manager.load_extension("nbkeras")
    switch("on", shell)


def unload(shell):
    """Undo `%keras`."""
    if compat.installed():
        switch("off", shell)


def _install():
    try:
        compat.install()
    except RuntimeError as error:
        raise MagicError(
            f"{error} {translations.text('model_magic', 'keras_refused')}"
        ) from None
