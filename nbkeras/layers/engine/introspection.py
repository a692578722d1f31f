"""What other packages may ask about a layer without running it: its calls and shapes.

The layer keeps these under names of its own that no subclass of a user can overwrite
by accident; here they have public ones.
"""

from typing import Any

from nbkeras.layers.engine.symbolic import Node


def is_layer(value: Any) -> bool:
    """Whether `value` is a layer (a model is one); a class of layers is not."""
    return hasattr(value, "_is_nbkeras_layer") and not isinstance(value, type)


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
