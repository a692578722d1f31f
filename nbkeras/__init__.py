"""nbkeras: deep learning that you can see and touch, on JAX, in a notebook.

Names are imported at first use, so that `import nbkeras` is fast.
"""

import importlib

from nbkeras.core.names import lazy_exports

__version__ = "0.1.0"

# False. Type checkers take this name for True, and editors (jedi) read both branches of
# a condition that they cannot compute. The one of `typing` would be slow to import.
TYPE_CHECKING = bool()  # noqa: UP018
if TYPE_CHECKING:  # nothing of it runs
    from nbkeras import (
        activations,
        analysis,
        applications,
        backend,
        callbacks,
        compat,
        config,
        constraints,
        datasets,
        distillation,
        distribution,
        dtype_policies,
        image,
        initializers,
        layers,
        losses,
        metrics,
        mixed_precision,
        models,
        notebook,
        ops,
        optimizers,
        preprocessing,
        privacy,
        random,
        regularizers,
        saving,
        train,
        tree,
        utils,
        visualization,
        wrappers,
    )
    from nbkeras.analysis.linter.lint import lint
    from nbkeras.config import set_language
    from nbkeras.core.gradients.gradient_tape import GradientTape
    from nbkeras.core.scopes import device, name_scope, remat
    from nbkeras.dtype_policies import DTypePolicy, FloatDTypePolicy
    from nbkeras.initializers import Initializer
    from nbkeras.layers import (
        Input,
        InputSpec,
        KerasTensor,
        Layer,
        SymbolicTensor,
        gradients,
    )
    from nbkeras.layers.engine.layer import Variable
    from nbkeras.layers.engine.nodes.operation import Operation
    from nbkeras.losses import Loss
    from nbkeras.metrics import Metric
    from nbkeras.models import Model, Sequential
    from nbkeras.models.function import Function
    from nbkeras.notebook.augmentation.preview import preview
    from nbkeras.notebook.dashboard.replay import replay
    from nbkeras.notebook.data_report.folder_report import folder_report
    from nbkeras.notebook.data_report.show_batch import show_batch
    from nbkeras.notebook.descent.show import descent
    from nbkeras.notebook.devices.show import devices
    from nbkeras.notebook.exercises.show import exercise
    from nbkeras.notebook.explanation.show import explain
    from nbkeras.notebook.guess.show import guess
    from nbkeras.notebook.inside.show import inside
    from nbkeras.notebook.interpretation.show import interpret
    from nbkeras.notebook.lr_finder.show import lr_find
    from nbkeras.notebook.model_plot.show import show_model
    from nbkeras.notebook.playground.show import playground
    from nbkeras.notebook.runs.widget import runs
    from nbkeras.notebook.task_gradients.show import task_gradients
    from nbkeras.notebook.tune.show import tune
    from nbkeras.notebook.xray.widget import xray
    from nbkeras.optimizers import Optimizer
    from nbkeras.regularizers import Regularizer
    from nbkeras.saving import load_model
    from nbkeras.train import Recorder

_NAMES = {
    "Sequential": "models",
    "Model": "models",
    "Input": "layers",
    "InputSpec": "layers",
    "KerasTensor": "layers",
    "Layer": "layers",
    "SymbolicTensor": "layers",
    "Variable": "layers.engine.layer",
    "GradientTape": "core.gradients.gradient_tape",
    "gradients": "layers",
    "Loss": "losses",
    "Metric": "metrics",
    "Optimizer": "optimizers",
    "Initializer": "initializers",
    "Regularizer": "regularizers",
    "Recorder": "train",
    "replay": "notebook.dashboard.replay",
    "load_model": "saving",
    "DTypePolicy": "dtype_policies",
    "descent": "notebook.descent.show",
    "devices": "notebook.devices.show",
    "exercise": "notebook.exercises.show",
    "explain": "notebook.explanation.show",
    "guess": "notebook.guess.show",
    "interpret": "notebook.interpretation.show",
    "inside": "notebook.inside.show",
    "lint": "analysis.linter.lint",
    "lr_find": "notebook.lr_finder.show",
    "playground": "notebook.playground.show",
    "preview": "notebook.augmentation.preview",
    "show_batch": "notebook.data_report.show_batch",
    "folder_report": "notebook.data_report.folder_report",
    "FloatDTypePolicy": "dtype_policies",
    "Function": "models.function",
    "Operation": "layers.engine.nodes.operation",
    "device": "core.scopes",
    "name_scope": "core.scopes",
    "remat": "core.scopes",
    "runs": "notebook.runs.widget",
    "set_language": "config",
    "show_model": "notebook.model_plot.show",
    "task_gradients": "notebook.task_gradients.show",
    "xray": "notebook.xray.widget",
    "tune": "notebook.tune.show",
}

__all__ = [
    "DTypePolicy",
    "FloatDTypePolicy",
    "Function",
    "GradientTape",
    "Initializer",
    "Input",
    "InputSpec",
    "KerasTensor",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Operation",
    "Optimizer",
    "Recorder",
    "Regularizer",
    "Sequential",
    "SymbolicTensor",
    "Variable",
    "__version__",
    "activations",
    "analysis",
    "applications",
    "backend",
    "callbacks",
    "compat",
    "config",
    "constraints",
    "datasets",
    "descent",
    "device",
    "devices",
    "distillation",
    "distribution",
    "dtype_policies",
    "exercise",
    "explain",
    "folder_report",
    "gradients",
    "guess",
    "image",
    "initializers",
    "inside",
    "interpret",
    "layers",
    "lint",
    "load_model",
    "losses",
    "lr_find",
    "metrics",
    "mixed_precision",
    "models",
    "name_scope",
    "notebook",
    "ops",
    "optimizers",
    "playground",
    "preprocessing",
    "preview",
    "privacy",
    "random",
    "regularizers",
    "remat",
    "replay",
    "runs",
    "saving",
    "set_language",
    "show_batch",
    "show_model",
    "task_gradients",
    "train",
    "tree",
    "tune",
    "utils",
    "version",
    "visualization",
    "wrappers",
    "xray",
]

_MODULES = {*__all__} - {*_NAMES, "__version__", "version"}


lazy_exports.register(
    "nbkeras.core.front_end",
    ("Jupyter",),
    lambda: importlib.import_module("nbkeras.notebook.front_end"),
)
lazy_exports.register(
    "nbkeras.layers",
    ("Merge", "Deconvolution2D", "AtrousConvolution1D", "AtrousConvolution2D"),
    lambda: importlib.import_module("nbkeras.compat.keras1"),
)
for _package, _names in (
    ("nbkeras.models", ("slice_X", "slice_arrays")),
    ("nbkeras.regularizers", ("activity_l1l2", "l1l2")),
    ("nbkeras.utils", ("slice_arrays",)),
):
    lazy_exports.register(
        _package, _names, lambda: importlib.import_module("nbkeras.compat.keras1")
    )
lazy_exports.register(
    "nbkeras.optimizers",
    ("minimize",),
    lambda: importlib.import_module("nbkeras.compat.symbolic_programs"),
)
lazy_exports.register(
    "nbkeras.saving",
    ("load_model", "save_model", "serialize_keras_object", "deserialize_keras_object"),
    lambda: importlib.import_module("nbkeras.models"),
)
lazy_exports.register(
    "nbkeras.utils",
    ("plot_model", "model_to_dot"),
    lambda: importlib.import_module("nbkeras.analysis.model_plot.plot_model"),
)


def __getattr__(name: str):
    if name in _MODULES:
        return importlib.import_module(f"nbkeras.{name}")
    if name in _NAMES:
        return getattr(importlib.import_module(f"nbkeras.{_NAMES[name]}"), name)
    if not name.startswith("_"):
        from nbkeras.core import entry_points

        tool = entry_points.find(entry_points.TOOLS, name)
        if tool is not None:
            return tool
    from nbkeras.core.names.legacy_names import attribute

    return attribute(__name__, name)


def __dir__() -> list[str]:
    return sorted(__all__)


def version() -> str:
    """The version of nbkeras."""
    return __version__


def load_ipython_extension(shell):
    """`%load_ext nbkeras`: show `fit` as a dashboard from now on."""
    importlib.import_module("nbkeras.notebook.extension").load(shell)


def unload_ipython_extension(shell):
    """`%unload_ext nbkeras`: show `fit` as text again."""
    importlib.import_module("nbkeras.notebook.extension").unload(shell)
