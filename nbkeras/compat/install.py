"""Make `import keras` mean nbkeras, for notebooks written for Keras."""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types

from nbkeras.core.names import legacy_names

TENSORFLOW = "nbkeras.compat.tensorflow"


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Import hook that resolves keras and keras.* to the modules of nbkeras.

    Where TensorFlow is not installed, it also resolves tensorflow and tensorflow.*.
    """

    def __init__(self):
        # {module name: the attribute of its parent before the import, or None}
        self.served = {}

    def find_spec(self, name, path=None, target=None):
        if _path_in_keras(name) is None and _path_in_tensorflow(name) is None:
            return None
        return importlib.util.spec_from_loader(name, self, is_package=True)

    def create_module(self, spec):
        path = _path_in_keras(spec.name)
        if path is None:
            path = _path_in_tensorflow(spec.name)
            module = _tensorflow(path)
        else:
            module = _module(path)
        if module is None:
            raise ModuleNotFoundError(
                f"nbkeras has no {path}, which {spec.name} would be.", name=spec.name
            )
        spec.loader_state = getattr(module, "__spec__", None)
        owner, last = _owner(spec.name)
        self.served[spec.name] = getattr(owner, "__dict__", {}).get(last)
        return module

    def exec_module(self, module):
        # The import system replaced the spec of our module; restore the original.
        own = module.__spec__.loader_state
        if own is not None:
            module.__spec__ = own
            module.__loader__ = getattr(own, "loader", None)


# Packages that are Keras under another name, longest prefix first.
KERAS = ("keras.api._v2.keras", "keras.api", "keras_core", "tf_keras", "keras")
IN_TENSORFLOW = (
    "tensorflow.python.keras",
    "tensorflow.compat.v1.keras",
    "tensorflow.compat.v2.keras",
    "tensorflow.keras",
)


def _path_in_keras(name):
    """The part of a module name after `keras.`; None for other modules."""
    prefixes = (*IN_TENSORFLOW, *KERAS) if _without_tensorflow() else KERAS
    for prefix in prefixes:
        if name == prefix or name.startswith(prefix + "."):
            return name[len(prefix) + 1 :]
    if name == "keras_preprocessing" or name.startswith("keras_preprocessing."):
        return name.replace("keras_preprocessing", "preprocessing", 1)
    return None


def _path_in_tensorflow(name):
    """The part after `tensorflow.`, "" for the package; None for other modules."""
    if not _without_tensorflow():
        return None
    if name in ("tensorflow", "tensorflow.python"):
        return ""
    path = name.removeprefix("tensorflow.").removeprefix("python.")
    return path if name.startswith("tensorflow.") else None


def _without_tensorflow():
    return importlib.machinery.PathFinder.find_spec("tensorflow") is None


def _module(path):
    """The nbkeras module for a module path in Keras, or None."""
    if not path:
        return importlib.import_module("nbkeras")
    module = legacy_names.moved(path)
    if module is not None:
        return module
    for place, advice in legacy_names.ABSENT.items():
        absent_path = ".".join(filter(None, place))
        if path == absent_path or path.startswith(absent_path + "."):
            return _stand_in(f"keras.{path}", advice)
    return _import(f"nbkeras.{path}")


def _tensorflow(path):
    """The module that stands in for `tensorflow.<path>`, or None."""
    module = importlib.import_module(TENSORFLOW)
    for name in path.split(".") if path else ():
        module = vars(module).get(name)
        if not isinstance(module, types.ModuleType):
            return None
    return module


def _import(name):
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None


def _stand_in(name, advice):
    """A placeholder module whose attributes raise with advice when they are used."""
    module = types.ModuleType(name, f"nbkeras has no {name}. {advice}")

    def find(attribute):
        if attribute[:2] == "__":
            raise AttributeError(attribute)
        return legacy_names.StandIn(f"{name}.{attribute}", advice)

    module.__getattr__ = find
    return module


_finder = _Finder()


def install() -> None:
    """Make `import keras` and `from keras.x import y` import nbkeras.

    Where TensorFlow is not installed, `tensorflow.keras` and `tf.keras` do so too.

    Raises:
        RuntimeError: real Keras is already imported in this process.
    """
    real = sys.modules.get("keras")
    if real is not None and not real.__name__.startswith("nbkeras"):
        raise RuntimeError(
            "Keras itself is imported already, so `import keras` cannot mean nbkeras "
            "here. Restart Python, and call nbkeras.compat.install() first."
        )
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    # Here: models import this module, and the methods import data sets and layers.
    from nbkeras.compat import tensor_methods

    tensor_methods.install()


def installed() -> bool:
    """Whether `import keras` currently means nbkeras."""
    return _finder in sys.meta_path


def uninstall() -> None:
    """Undo `install`."""
    if _finder in sys.meta_path:
        sys.meta_path.remove(_finder)
    methods = sys.modules.get("nbkeras.compat.tensor_methods")
    if methods is not None:  # without it, nothing was installed
        methods.uninstall()
    for name in sorted(_finder.served, reverse=True):
        _forget(name, _finder.served[name])
    _finder.served.clear()


def _forget(name, before):
    """Remove a module from `sys.modules` and restore its parent's attribute."""
    owner, last = _owner(name)
    module = sys.modules.pop(name, None)
    own = getattr(module, "__name__", "") == f"{getattr(owner, '__name__', '')}.{last}"
    if owner is None or not last or own:
        return
    if before is None:
        owner.__dict__.pop(last, None)
    else:
        owner.__dict__[last] = before


def _owner(name):
    """(parent module of `name`, the name of its attribute in the parent)."""
    parent, _, last = name.rpartition(".")
    owner = sys.modules.get(parent)
    if owner is None:
        owner = sys.modules.get(f"nbkeras.{_path_in_keras(parent) or ''}".rstrip("."))
    return owner, last
