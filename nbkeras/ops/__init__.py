"""Pure functions of arrays, without state or layers.

`nbkeras.ops.mean(x, axis=-1)` and its like are those of keras.ops; see `functions`. By
subject they are in `nbkeras.ops.numpy`, `.nn`, `.image` and `.linalg` too.
"""

import importlib
import importlib.util
import sys

SUBJECTS = ("image", "linalg", "nn", "numpy")
# Files of Keras also know these two, which hold nothing that is not here.
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
    # An import statement would ask this function again.
    functions = importlib.import_module("nbkeras.ops.functions.all_functions")
    function = None if name.startswith("__") else functions.find(name)
    if function is not None:
        return function
    near = ""
    # Before Python imports a module from here it asks for an attribute.
    if not name.isidentifier() or not importlib.util.find_spec(f"{__name__}.{name}"):
        from nbkeras.core import check

        near = check.did_you_mean(name, functions.names())
    raise AttributeError(f"module 'nbkeras.ops' has no attribute {name!r}.{near}")


def __dir__():
    functions = importlib.import_module("nbkeras.ops.functions.all_functions")
    return sorted({*globals(), *SUBJECTS, *functions.names()})
