"""Names available in a `%%model` cell without import: layers, `input`, `concat`..."""

import types

from nbkeras import layers, losses, metrics, optimizers
from nbkeras.layers import Layer
from nbkeras.layers.input import Input
from nbkeras.losses.registry import registry as loss_names
from nbkeras.metrics.registry import registry as metric_names
from nbkeras.ops import activations, initializers
from nbkeras.optimizers.registry import registry as optimizer_names

# The words of a cell for the merging layers.
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

# What pasted code imports layers from.
KERAS_PACKAGES = ("keras", "tensorflow", "tf_keras", "keras_core")
FAMILIES = {
    "activation": activations.registry,
    "initializer": initializers.registry,
    "loss": loss_names,
    "metric": metric_names,
    "optimizer": optimizer_names,
}


def layer_classes():
    """{name: class} of all layers, old names included."""
    return {
        name: value
        for name, value in vars(layers).items()
        if isinstance(value, type) and issubclass(value, Layer) and name != "Layer"
    }


def merge_of(builder, kind):
    """The word of a cell that joins tensors: `concat(a, b)`, `concat([a, b])`."""
    cls = layer_classes()[kind]
    defaults = {"axes": -1} if kind == "Dot" else {}

    def merge(*parts, **settings):
        if len(parts) == 1 and isinstance(parts[0], list | tuple):
            parts = parts[0]
        return builder.merge(cls(**defaults | settings), parts)

    merge.__doc__ = f"`{kind}(...)([...])` of tensors, and of layers that start here."
    return merge


def input_of(builder):
    """The word `input`: `input(28, 28, 1)`, `input((28, 28, 1))` or as `Input`."""

    def make(*shape, **settings):
        if shape and not isinstance(shape[0], list | tuple):
            shape = (shape,)
        return builder.remember_input(Input(*shape, **settings))

    make.__doc__ = "A tensor from which the model begins; sizes without the batch axis."
    return make


def cell_globals(builder, notebook=None):
    """The names of a cell, as the globals that it runs in.

    What stands first wins: the words of a cell, layers of the notebook's own under the
    name of one of ours, all layers, the notebook's variables, our modules.

    Args:
        builder: where lines are gathered.
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
    """All names that a cell has of its own, for help with a wrong one."""
    return sorted({*layer_classes(), *MERGES, "input", "Input", "here"})


def family_of(name):
    """What a word is the name of, "activation" or another of `FAMILIES`; or None.

    Names of functions and their like only, which are written in small letters: of a
    class one writes the call.
    """
    if not name.islower():
        return None
    families = (family for family, names in FAMILIES.items() if names.find(name))
    return next(families, None)


def _is_own_layer(value):
    """A class of the notebook's, or a function that makes a layer in its way."""
    is_class = isinstance(value, type)
    return (is_class and issubclass(value, Layer)) or isinstance(
        value, types.FunctionType
    )
