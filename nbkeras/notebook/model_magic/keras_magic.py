"""`%%keras` and `%keras`: make `import keras` import nbkeras in this notebook."""

import ast
import importlib.machinery

from nbkeras import compat
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
        return _run(shell, cell)
    finally:
        if not before:
            compat.uninstall()


def _run(shell, cell):
    """Run the cell like the shell, and return the value of its last expression."""
    text = shell.transform_cell(cell)
    name = shell.compile.cache(text, shell.execution_count, raw_code=cell)
    tree = shell.transform_ast(ast.parse(text, name))
    ends_in_value = tree.body and isinstance(tree.body[-1], ast.Expr)
    last = tree.body.pop() if ends_in_value else None
    exec(shell.compile(tree, name, "exec"), shell.user_ns)
    if last is None:
        return None
    code = shell.compile(ast.Expression(last.value), name, "eval")
    value = eval(code, shell.user_ns)
    return None if cell.rstrip().endswith(";") else value


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
