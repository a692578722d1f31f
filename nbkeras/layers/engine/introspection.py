"""What other packages may ask about a layer without running it: its calls and shapes.

The layer keeps these under names of its own that no subclass of a user can overwrite
by accident; here they have public ones.
"""

from typing import Any

from nbkeras.core.base_classes import BaseLayer
from nbkeras.layers.engine.nodes.symbolic import Node


def is_layer(value: Any) -> bool:
    """Whether `value` is a layer (a model is one); a class of layers is not."""
    return isinstance(value, BaseLayer)


def is_named_by_user(layer: Any) -> bool:
    """Whether the name was given by the user, not made from the class."""
    return bool(getattr(layer, "_named_by_user", False))


def set_user_name(layer: Any, name: str) -> None:
    """Give a layer a name as if the user had written `name=...`."""
    layer.name, layer._named_by_user = name, True


def creation_number(layer: Any) -> int:
    """A number that grows from layer to layer in the order of their creation."""
    return layer._number


def call_nodes(layer: Any) -> list[Node]:
    """The calls of a layer on symbolic tensors, in order: the list itself."""
    return layer._nodes


def build_shape(layer: Any) -> Any:
    """The shape, or structure of shapes, that the layer was built for; else None."""
    return layer.__dict__.get("_build_shape")


def output_shape(layer: Any) -> Any:
    """The shape of the output on the data it was built for; None if not known."""
    return layer.__dict__.get("_output_shape")


def declared_shape(layer: Any) -> Any:
    """The shape with its batch axis that `input_shape=` gave; None without it."""
    return layer.__dict__.get("_given_shape")


def original(bound: Any) -> Any:
    """The layer that a bound copy stands for."""
    return bound._original


def own_trainable(layer: Any) -> bool:
    """What `trainable` was set to, also for a model, which answers for its layers."""
    return layer._trainable


def freeze_alone(layer: Any) -> None:
    """Set `trainable` to False without reaching the layers below."""
    layer._trainable = False


def last_compiled(layer: Any) -> object:
    """What `note_compiled` was last told."""
    return layer._compiled_last


def note_compiled(layer: Any, token: object) -> None:
    """Note with which model, by a token, a layer was compiled."""
    layer._compiled_last = token
