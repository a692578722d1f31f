"""Opt in: `import keras` means nbkeras, for notebooks written for Keras."""

import importlib
import importlib.abc
import importlib.util
import sys

# Paths of Keras 1 and 2 that have no module of the same name here.
MOVED = {
    "keras.layers.core": "nbkeras.layers",
    "keras.layers.convolutional": "nbkeras.layers",
    "keras.layers.pooling": "nbkeras.layers",
    "keras.layers.normalization": "nbkeras.layers",
    "keras.layers.embeddings": "nbkeras.layers",
    "keras.layers.noise": "nbkeras.layers",
    "keras.layers.advanced_activations": "nbkeras.layers",
    "keras.layers.wrappers": "nbkeras.layers",
    "keras.engine": "nbkeras.models",
    "keras.objectives": "nbkeras.losses",
    "keras.utils.np_utils": "nbkeras.compat.np_utils",
}


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Answers imports of keras and keras.* with the module of nbkeras itself."""

    def find_spec(self, name, path=None, target=None):
        if name != "keras" and not name.startswith("keras."):
            return None
        return importlib.util.spec_from_loader(name, self, is_package=True)

    def create_module(self, spec):
        ours = MOVED.get(spec.name) or "nbkeras" + spec.name[len("keras") :]
        try:
            module = importlib.import_module(ours)
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                f"nbkeras has no {ours}, which {spec.name} would be.", name=spec.name
            ) from error
        self._own = getattr(module, "__spec__", None)
        return module

    def exec_module(self, module):
        # The import system has put its own spec on our module; give it back.
        module.__spec__ = self._own
        module.__loader__ = getattr(self._own, "loader", None)


_finder = _Finder()


def install():
    """From now on `import keras` and `from keras.x import y` give nbkeras.

    Raises:
        RuntimeError: real Keras is imported already in this process.
    """
    real = sys.modules.get("keras")
    if real is not None and not real.__name__.startswith("nbkeras"):
        raise RuntimeError(
            "Keras itself is imported already, so `import keras` cannot mean nbkeras "
            "here. Restart, and call nbkeras.compat.install() first."
        )
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)


def uninstall():
    """Undo `install`."""
    if _finder in sys.meta_path:
        sys.meta_path.remove(_finder)
    for name in [n for n in sys.modules if n == "keras" or n.startswith("keras.")]:
        if sys.modules[name].__name__.startswith("nbkeras"):
            del sys.modules[name]
