"""Attributes of layers in Keras 1 and 2 that tutorials still use."""

from __future__ import annotations

import inspect
from typing import Any

from nbkeras.core.names import torch_names
from nbkeras.core.names.display_name import quoted
from nbkeras.layers.engine.nodes import symbolic


def get(layer: Any, name: str) -> Any:
    """Look up a legacy attribute of `layer`.

    Raises:
        AttributeError: there is none; a property that failed raises its own error.
    """
    getter = _KNOWN.get(name)
    if getter is not None:
        return getter(layer)
    # A property that raised AttributeError ends up here: raise its own error.
    own = inspect.getattr_static(type(layer), name, None)
    if isinstance(own, property) and own.fget is not None:
        return own.fget(layer)
    raise torch_names.missing(layer, name, torch_names.OF_LAYERS)


def _shape_of(what):
    def get(layer):
        if layer._nodes:
            tensors = getattr(layer._nodes[0], what)
            if symbolic.is_symbolic(tensors):
                return tensors.shape
            return [t.shape for t in getattr(layer._nodes[0], _FLAT[what])]
        kept = {"inputs": "_build_shape", "outputs": "_output_shape"}[what]
        if kept in layer.__dict__:
            return layer.__dict__[kept]
        raise AttributeError(
            f"The layer {quoted(layer.name)} has no {what[:-1]}_shape yet, because it "
            "has not been called. Start the model with Input(shape=(...)), or call it "
            "on data."
        )

    return get


def _at(what):
    def get(layer):
        def of_call(number):
            """The symbolic tensors of call number `number`."""
            nodes = [node for node in layer._nodes if node.parents] or layer._nodes
            return getattr(nodes[number], what)

        return of_call

    return get


_FLAT = {"inputs": "parents", "outputs": "given"}
_KNOWN = {
    "input_shape": _shape_of("inputs"),
    "output_shape": _shape_of("outputs"),
    "get_input_at": _at("inputs"),
    "get_output_at": _at("outputs"),
}
