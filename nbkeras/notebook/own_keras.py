"""`%%keras` and `%keras`: in this notebook `import keras` means nbkeras."""

import ast
import importlib.util
import sys

from nbkeras import compat
from nbkeras.notebook import strings

# What `%load_ext nbkeras` takes beside the name.
AS_KERAS = ["nbkeras", "--as", "keras"]
_former = {}


class Refused(RuntimeError):
    """Why `import keras` cannot mean nbkeras here; shown without a traceback."""

    def _render_traceback_(self):
        return [str(self)]


def switch(how):
    """`%keras`, `%keras on` or `%keras off`."""
    if how in ("", "on"):
        _install()
        print(strings.text("cell", "keras_on"))
        if importlib.util.find_spec("tensorflow") and not _is_ours("tensorflow"):
            print(strings.text("cell", "keras_not_tensorflow"))
    elif how == "off":
        compat.uninstall()
        print(strings.text("cell", "keras_off"))
    else:
        raise Refused(strings.text("cell", "keras_usage", how=how))


def run(shell, cell):
    """Run a cell in which `import keras` means nbkeras; afterwards it does not.

    Names that the cell imports stay. If `%keras` is on already, it stays on.
    """
    before = compat.installed()
    _install()
    try:
        return _run(shell, cell)
    finally:
        if not before:
            compat.uninstall()


def _run(shell, cell):
    """Run as the shell would; what the last expression gives is returned."""
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


def load(shell):
    """Let `%load_ext nbkeras --as keras` be understood from now on."""
    if "load_ext" not in _former:
        _former["load_ext"] = shell.find_line_magic("load_ext")

    def load_ext(line):
        """Load an extension; `%load_ext nbkeras --as keras` also switches %keras on."""
        words = line.split()
        if words == AS_KERAS:
            if words[0] not in shell.extension_manager.loaded:
                shell.extension_manager.load_extension(words[0])
            return switch("on")
        return _former["load_ext"](line)

    shell.register_magic_function(load_ext, "line", "load_ext")


def unload(shell):
    """Take back what was switched on."""
    if "load_ext" in _former:
        shell.register_magic_function(_former.pop("load_ext"), "line", "load_ext")
    if compat.installed():
        compat.uninstall()


def _install():
    try:
        compat.install()
    except RuntimeError as error:
        raise Refused(f"{error} {strings.text('cell', 'keras_refused')}") from None


def _is_ours(name):
    return getattr(sys.modules.get(name), "__name__", "").startswith("nbkeras")
