"""Public access to a layer's calls, shapes and flags, for other packages.

A layer stores these in underscore attributes, which subclasses do not overwrite by
accident.
"""

from typing import Any

from nbkeras.core.base_classes import BaseLayer
from nbkeras.layers.engine.nodes.symbolic import Node


def is_layer(value: Any) -> bool:
    """Whether `value` is a layer (a model is one); a class of layers is not."""
    return isinstance(value, BaseLayer)


def is_named_by_user(layer: Any) -> bool:
    """Whether the user chose the name; otherwise it is derived from the class."""
    return bool(getattr(layer, "_named_by_user", False))


def set_user_name(layer: Any, name: str) -> None:
    """Set a layer's name as if the user had written `name=...`."""
    layer.name, layer._named_by_user = name, True


def creation_number(layer: Any) -> int:
    """The position of a layer in the order of creation."""
    return layer._number


def call_nodes(layer: Any) -> list[Node]:
    """The list of a layer's calls on symbolic tensors, in order."""
    return layer._nodes


def build_shape(layer: Any) -> Any:
    """The shape or nested shapes that the layer was built for; None if not built."""
    return layer.__dict__.get("_build_shape")


def output_shape(layer: Any) -> Any:
    """The output shape for the input that the layer was built for; None if unknown."""
    return layer.__dict__.get("_output_shape")


def declared_shape(layer: Any) -> Any:
    """The shape passed as `input_shape`, with the batch axis; None without it."""
    return layer.__dict__.get("_given_shape")


def original(bound: Any) -> Any:
    """The original layer of a bound copy."""
    return bound._original


def own_trainable(layer: Any) -> bool:
    """The value of the layer's own `trainable`, regardless of its sublayers."""
    return layer._trainable


def freeze_alone(layer: Any) -> None:
    """Set `trainable` to False without changing the sublayers."""
    layer.set_own_trainable(False)


def last_compiled(layer: Any) -> object:
    """The token of the last model that the layer was compiled in."""
    return layer._compiled_last


def note_compiled(layer: Any, token: object) -> None:
    """Record the token of the model that the layer was compiled in."""
    layer._compiled_last = token
