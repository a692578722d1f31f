"""Names available in a `%%model` cell without import: layers, `input`, `concat`..."""

import types

from nbkeras import layers, losses, metrics, optimizers
from nbkeras.core import entry_points
from nbkeras.core.serialization.configurable import Configurable
from nbkeras.layers import Layer
from nbkeras.layers.input import Input
from nbkeras.losses.registry import registry as loss_names
from nbkeras.metrics.registry import registry as metric_names
from nbkeras.ops import activations, initializers
from nbkeras.optimizers.registry import registry as optimizer_names

# Functions of a cell for the merging layers.
MERGES = {
    "add": "Add",
    "subtract": "Subtract",
    "multiply": "Multiply",
    "average": "Average",
    "maximum": "Maximum",
    "minimum": "Minimum",
    "concat": "Concatenate",
    "concatenate": "Concatenate",
    "dot": "Dot",
}

# Functions of a cell that leave a value to `nbkeras.tune`.
CHOICES = ("choose", "between")

# Packages that pasted code imports layers from.
KERAS_PACKAGES = ("keras", "tensorflow", "tf_keras", "keras_core")
FAMILIES = {
    "activation": activations.registry,
    "initializer": initializers.registry,
    "loss": loss_names,
    "metric": metric_names,
    "optimizer": optimizer_names,
}


def layer_classes():
    """{name: class} of all layers, including old names and other packages' layers."""
    group = entry_points.LAYERS
    others = {
        name: entry_points.find(group, name) for name in entry_points.names(group)
    }
    return {
        name: value
        for name, value in (others | vars(layers)).items()
        if isinstance(value, type) and issubclass(value, Layer) and name != "Layer"
    }


def configurable_class(name):
    """The class of a layer or optimizer, None for other names."""
    for module in (layers, optimizers):
        value = vars(module).get(name)
        if isinstance(value, type) and issubclass(value, Configurable):
            return value
    return None


def merge_of(builder, kind):
    """A function of a cell that merges tensors: `concat(a, b)`, `concat([a, b])`."""
    cls = layer_classes()[kind]
    defaults = {"axes": -1} if kind == "Dot" else {}

    def merge(*parts, **settings):
        if len(parts) == 1 and isinstance(parts[0], list | tuple):
            parts = parts[0]
        return builder.merge(cls(**defaults | settings), parts)

    merge.__doc__ = f"`{kind}(...)([...])` of tensors, and of layers that start here."
    return merge


def input_of(builder):
    """The function `input`: `input(28, 28, 1)`, `input((28, 28, 1))` or as `Input`."""

    def make(*shape, **settings):
        if shape and not isinstance(shape[0], list | tuple):
            shape = (shape,)
        return builder.remember_input(Input(*shape, **settings))

    make.__doc__ = "A tensor from which the model begins; sizes without the batch axis."
    return make


def cell_globals(builder, notebook=None):
    """The global names of a cell.

    In order of precedence: the functions of a cell, the notebook's own layers with the
    name of a built-in one, all layers, the notebook's variables, modules of nbkeras.

    Args:
        builder: the ModelBuilder that lines add to.
        notebook: {name: value} of the notebook's variables.
    """
    notebook = notebook or {}
    names_of_cell = {"__builtins__": __builtins__, "layers": layers}
    names_of_cell |= {name: getattr(layers, name) for name in ("Layer", "Input")}
    names_of_cell |= {"losses": losses, "metrics": metrics, "optimizers": optimizers}
    names_of_cell |= notebook
    layer_names = layer_classes()
    user_layers = {
        n: v for n, v in notebook.items() if n in layer_names and _is_own_layer(v)
    }
    names_of_cell |= layer_names | user_layers
    names_of_cell |= {word: merge_of(builder, kind) for word, kind in MERGES.items()}
    names_of_cell["input"] = names_of_cell["Input"] = input_of(builder)
    names_of_cell |= builder.functions()
    return names_of_cell | {"__name__": "__main__"}


def known_names():
    """All names predefined in a cell, for suggestions."""
    return sorted({*layer_classes(), *MERGES, *CHOICES, "input", "Input", "here"})


def family_of(name):
    """The family of a name, "activation" or another of `FAMILIES`, or None.

    Only lowercase names of functions are considered, since classes are called.
    """
    if not name.islower():
        return None
    families = (family for family, names in FAMILIES.items() if names.find(name))
    return next(families, None)


def _is_own_layer(value):
    """Whether `value` is a layer class of the notebook, or a function replacing one."""
    is_class = isinstance(value, type)
    return (is_class and issubclass(value, Layer)) or isinstance(
        value, types.FunctionType
    )
