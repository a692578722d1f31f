"""Pure functions of arrays, without state or layers.

The functions match keras.ops, for example `nbkeras.ops.mean(x, axis=-1)`, and are
implemented in `functions`. They are also in `nbkeras.ops.numpy`, `.nn`, `.image` and
`.linalg`, by subject.
"""

import importlib
import importlib.util
import sys

SUBJECTS = ("image", "linalg", "nn", "numpy")
# Saved Keras models may name these two modules, which add no functions of their own.
_HERE = ("core", "math")

_SUBJECT_MODULES = {
    "image": lambda: importlib.import_module("nbkeras.ops.image"),
    "linalg": lambda: importlib.import_module("nbkeras.ops.linalg"),
    "nn": lambda: importlib.import_module("nbkeras.ops.nn"),
    "numpy": lambda: importlib.import_module("nbkeras.ops.numpy"),
}


def __getattr__(name):
    if name in _HERE:
        return sys.modules[__name__]
    if name in SUBJECTS:
        return _SUBJECT_MODULES[name]()
    # `from ... import` would call this function again and recurse.
    functions = importlib.import_module("nbkeras.ops.functions.all_functions")
    function = None if name.startswith("__") else functions.find(name)
    if function is not None:
        return function
    near = ""
    # `from nbkeras.ops import x` looks for an attribute before it imports a submodule.
    if not name.isidentifier() or not importlib.util.find_spec(f"{__name__}.{name}"):
        from nbkeras.core import check

        near = check.did_you_mean(name, functions.names())
    raise AttributeError(f"module 'nbkeras.ops' has no attribute {name!r}.{near}")


def __dir__():
    functions = importlib.import_module("nbkeras.ops.functions.all_functions")
    return sorted({*globals(), *SUBJECTS, *functions.names()})
