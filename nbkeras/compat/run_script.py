"""`nbkeras run`: run a script written for Keras as `python script.py` would."""

import builtins
import importlib.machinery
import io
import sys
import types
from collections.abc import Sequence
from pathlib import Path

from nbkeras.compat.install import install

NO_SUCH_FILE, FAILED, INTERRUPTED = 2, 1, 130
# A part of the note that JAX adds to exceptions in compiled code.
_OF_JAX = "JAX has removed its internal frames"


def run_script(script: str, arguments: Sequence[str] = ()) -> int:
    """Run a Python file in which `import keras` and `import tensorflow` mean nbkeras.

    The environment is that of `python script.py`: the file is `__main__`, `sys.argv`
    holds its arguments, and modules beside it can be imported. An uncaught exception
    is printed as Python prints it, without the frames of this function.

    Args:
        script: path of the file.
        arguments: command-line arguments after the script.

    Returns:
        The exit code: 0 on success, 1 after an exception, 2 if the file does not
        exist, and 130 after Ctrl-C.

    Raises:
        SystemExit: the script called `sys.exit`.
    """
    path = Path(script).resolve()
    if not path.is_file():
        problem = "is a folder" if path.is_dir() else "does not exist"
        print(
            f"nbkeras run: {script!r} {problem}. Write the path of a Python file: "
            "nbkeras run script.py",
            file=sys.stderr,
        )
        return NO_SUCH_FILE
    if path.suffix == ".ipynb":
        print(
            f"nbkeras run: {script!r} is a notebook. Open it in Jupyter, and write "
            "%load_ext nbkeras and %keras in its first cell.",
            file=sys.stderr,
        )
        return NO_SUCH_FILE
    sys.argv = [script, *arguments]
    sys.path[0] = str(path.parent)
    install()
    try:
        # `open_code` and `compile` honour the encoding that the file declares.
        with io.open_code(str(path)) as file:
            code = compile(file.read(), str(path), "exec", dont_inherit=True)
        exec(code, _new_main(path))
    except SystemExit:
        raise
    except BaseException as error:
        # `sys.excepthook` prints the traceback stored on the exception.
        error.__traceback__ = _from_script(error.__traceback__)
        _drop_notes_of_jax(error)
        sys.excepthook(type(error), error, error.__traceback__)
        return INTERRUPTED if isinstance(error, KeyboardInterrupt) else FAILED
    return 0


def _new_main(path):
    """The namespace of a new `__main__` module, set up as Python does for a script."""
    main = types.ModuleType("__main__")
    names = vars(main)
    names["__file__"] = str(path)
    names["__builtins__"] = builtins
    names["__loader__"] = importlib.machinery.SourceFileLoader("__main__", str(path))
    sys.modules["__main__"] = main
    return names


def _drop_notes_of_jax(error):
    """Leave out what JAX writes behind the message: that it has cut the traceback."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if notes := getattr(error, "__notes__", None):
            error.__notes__ = [note for note in notes if _OF_JAX not in note]
        error = error.__cause__ or error.__context__


def _from_script(trace):
    """The traceback without the leading frames of this file."""
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return trace
