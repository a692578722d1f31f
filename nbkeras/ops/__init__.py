"""Pure functions of arrays: no classes with state, no layers.

`nbkeras.ops.mean(x, axis=-1)` and its like are those of keras.ops; see `functions`.
"""

import importlib
import importlib.util
import sys

# Keras also has them by subject: keras.ops.numpy.mean, keras.ops.nn.relu.
_SUBJECTS = ("core", "math", "nn", "numpy")


def __getattr__(name):
    if name in _SUBJECTS:
        return sys.modules[__name__]
    # An import statement would ask this function again.
    functions = importlib.import_module("nbkeras.ops.functions")
    found = None if name.startswith("__") else functions.find(name)
    if found is not None:
        return found
    near = ""
    # Before Python imports a module from here it asks for an attribute.
    if not name.isidentifier() or not importlib.util.find_spec(f"{__name__}.{name}"):
        from nbkeras.core import check

        near = check.did_you_mean(name, functions.names())
    raise AttributeError(f"module 'nbkeras.ops' has no attribute {name!r}.{near}")
