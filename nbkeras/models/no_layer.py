"""What to say when something that is no layer is put into a Sequential."""

import difflib
import inspect

from nbkeras.core.argument_errors import example_of
from nbkeras.core.error_parts import CallMistake, shown
from nbkeras.layers.engine.errors import call_of
from nbkeras.layers.engine.registry import registry


def no_layer(given):
    """The mistake of `model.add(given)`."""
    what, write = _advice(given)
    return CallMistake(
        "Sequential",
        "Sequential",
        f"add({shown(given)})",
        f"add() got {what}; it needs a layer",
        f"model.add({write})",
    )


def not_a_list(first, second):
    """The mistake of Sequential(layer, layer)."""
    made = first if isinstance(first, list | tuple) else [first]
    made = ", ".join(call_of(each) for each in (*made, second))
    return CallMistake(
        "Sequential",
        "Sequential",
        f"Sequential({made})",
        "Sequential takes its layers as one list",
        f"Sequential([{made}])",
    )


def _advice(given):
    """(what it is, what to put into add)."""
    if inspect.isclass(given):
        ours = getattr(given, "_is_nbkeras_layer", False)
        write = example_of(given) if ours else f"{given.__name__}()"
        return f"the class {given.__name__}", write
    if isinstance(given, str):
        near = difflib.get_close_matches(given, registry.names(), n=1, cutoff=0.5)
        cls = registry.find(near[0]) if near else None
        return f"the text {given!r}", example_of(cls) if cls else "Dense(32)"
    if isinstance(given, list | tuple):
        return "a list", "layer) for each layer in it, or Sequential(layers"
    if isinstance(given, int) and not isinstance(given, bool):
        return f"the number {given}", f"Dense({given})"
    if callable(given):
        name = getattr(given, "__name__", "function")
        shown_name = "lambda x: ..." if name == "<lambda>" else name
        return "a function", f"Lambda({shown_name})"
    return type(given).__name__, "Dense(32)"
