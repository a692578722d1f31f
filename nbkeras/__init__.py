"""nbkeras: deep learning that you can see and touch, on JAX, in a notebook.

Names are loaded when they are first used, so `import nbkeras` costs next to nothing.
"""

import importlib

__version__ = "0.1.0"

_MODULES = (
    "activations analysis backend callbacks compat config constraints datasets "
    "image initializers layers losses metrics models notebook ops optimizers "
    "preprocessing random regularizers saving train utils"
).split()
_NAMES = {
    "Sequential": "models",
    "Model": "models",
    "Input": "layers",
    "InputSpec": "layers",
    "KerasTensor": "layers",
    "Layer": "layers",
    "SymbolicTensor": "layers",
    "gradients": "layers",
    "Loss": "losses",
    "Metric": "metrics",
    "Optimizer": "optimizers",
    "Initializer": "initializers",
    "Regularizer": "regularizers",
    "Recorder": "train",
    "replay": "notebook.replay",
    "load_model": "saving",
    "descent": "notebook.lab",
    "lr_find": "notebook.lab",
    "set_language": "config",
}

__all__ = [*_MODULES, *_NAMES, "__version__"]


def __getattr__(name):
    if name in _MODULES:
        return importlib.import_module(f"nbkeras.{name}")
    if name in _NAMES:
        return getattr(importlib.import_module(f"nbkeras.{_NAMES[name]}"), name)
    from nbkeras.core.check import did_you_mean

    raise AttributeError(
        f"module 'nbkeras' has no attribute {name!r}.{did_you_mean(name, __all__)}"
    )


def __dir__():
    return sorted(__all__)


def load_ipython_extension(shell):
    """`%load_ext nbkeras`: from now on, `fit` shows itself in the notebook."""
    importlib.import_module("nbkeras.notebook.extension").load(shell)


def unload_ipython_extension(shell):
    """`%unload_ext nbkeras`: text again."""
    importlib.import_module("nbkeras.notebook.extension").unload(shell)
