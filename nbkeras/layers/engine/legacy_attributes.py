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
        AttributeError: there is no such attribute; or a property raised its own error.
    """
    getter = _GETTERS.get(name)
    if getter is not None:
        return getter(layer)
    # A property that raised AttributeError also ends up here: raise its own error.
    member = inspect.getattr_static(type(layer), name, None)
    if isinstance(member, property) and member.fget is not None:
        return member.fget(layer)
    raise torch_names.missing(layer, name, torch_names.OF_LAYERS)


def _call_parameters(layer):
    return list(inspect.signature(layer.call).parameters)


def _supports_jit(_layer):
    return True


def _symbolic_call(layer):
    return layer.compute_output_spec


def _add_variable(layer):
    def add_variable(
        shape: Any, initializer: Any, dtype: Any = None, trainable: bool = True, **more
    ):
        """As `add_weight`."""
        return layer.add_weight(
            shape, initializer, dtype=dtype, trainable=trainable, **more
        )

    return add_variable


def _shape_of(role):
    def get(layer):
        if layer._nodes:
            tensors = getattr(layer._nodes[0], role)
            if symbolic.is_symbolic(tensors):
                return tensors.shape
            return [t.shape for t in getattr(layer._nodes[0], _TENSOR_LISTS[role])]
        attribute = {"inputs": "_build_shape", "outputs": "_output_shape"}[role]
        if attribute in layer.__dict__:
            return layer.__dict__[attribute]
        raise AttributeError(
            f"The layer {quoted(layer.name)} has no {role[:-1]}_shape yet, because it "
            "has not been called. Start the model with Input(shape=(...)), or call it "
            "on data."
        )

    return get


def _at(role):
    def get(layer):
        def of_call(number):
            """The symbolic tensors of the call with index `number`."""
            nodes = [node for node in layer._nodes if node.parents] or layer._nodes
            return getattr(nodes[number], role)

        return of_call

    return get


_TENSOR_LISTS = {"inputs": "parents", "outputs": "output_tensors"}
_GETTERS = {
    "input_shape": _shape_of("inputs"),
    "output_shape": _shape_of("outputs"),
    "get_input_at": _at("inputs"),
    "get_output_at": _at("outputs"),
    "add_variable": _add_variable,
    "call_signature_parameters": _call_parameters,
    "supports_jit": _supports_jit,
    "symbolic_call": _symbolic_call,
}
