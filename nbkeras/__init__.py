"""nbkeras: deep learning that you can see and touch, on JAX, in a notebook.

Names are loaded when they are first used, so `import nbkeras` costs next to nothing.
"""

import importlib

__version__ = "0.1.0"

_MODULES = (
    "activations analysis backend callbacks compat config constraints datasets "
    "distribution dtype_policies image initializers layers losses metrics "
    "mixed_precision models notebook ops optimizers preprocessing random regularizers "
    "saving train utils wrappers"
).split()
_NAMES = {
    "Sequential": "models",
    "Model": "models",
    "Input": "layers",
    "InputSpec": "layers",
    "KerasTensor": "layers",
    "Layer": "layers",
    "SymbolicTensor": "layers",
    "Variable": "layers.engine.variable",
    "gradients": "layers",
    "Loss": "losses",
    "Metric": "metrics",
    "Optimizer": "optimizers",
    "Initializer": "initializers",
    "Regularizer": "regularizers",
    "Recorder": "train",
    "replay": "notebook.dashboard.replay",
    "load_model": "saving",
    "DTypePolicy": "mixed_precision",
    "descent": "notebook.descent.show",
    "lint": "analysis.linter.lint",
    "lr_find": "notebook.lr_finder.show",
    "preview": "notebook.augmentation.preview",
    "show_batch": "notebook.data_report.show_batch",
    "folder_report": "notebook.data_report.folder_report",
    "set_language": "config",
    "show_model": "notebook.model_plot.show",
}

__all__ = [*_MODULES, *_NAMES, "__version__", "version"]


def __getattr__(name):
    if name in _MODULES:
        return importlib.import_module(f"nbkeras.{name}")
    if name in _NAMES:
        return getattr(importlib.import_module(f"nbkeras.{_NAMES[name]}"), name)
    from nbkeras.core.old_names import attribute

    return attribute(__name__, name)


def __dir__():
    return sorted(__all__)


def version():
    """The version of nbkeras."""
    return __version__


def load_ipython_extension(shell):
    """`%load_ext nbkeras`: from now on, `fit` shows itself in the notebook."""
    importlib.import_module("nbkeras.notebook.extension").load(shell)


def unload_ipython_extension(shell):
    """`%unload_ext nbkeras`: text again."""
    importlib.import_module("nbkeras.notebook.extension").unload(shell)
