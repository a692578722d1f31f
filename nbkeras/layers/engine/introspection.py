"""Public access to a layer's calls, shapes and flags, for other packages.

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
    """Whether the name was given by the user, not derived from the class."""
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
    """The shape, or structure of shapes, that the layer was built for; else None."""
    return layer.__dict__.get("_build_shape")


def output_shape(layer: Any) -> Any:
    """The shape of the output on the data it was built for; None if unknown."""
    return layer.__dict__.get("_output_shape")


def declared_shape(layer: Any) -> Any:
    """The shape of the argument `input_shape=`, with batch axis; None without it."""
    return layer.__dict__.get("_given_shape")


def original(bound: Any) -> Any:
    """The original layer of a bound copy."""
    return bound._original


def own_trainable(layer: Any) -> bool:
    """The value that `trainable` was set to, also for models."""
    return layer._trainable


def freeze_alone(layer: Any) -> None:
    """Set `trainable` to False without changing the sublayers."""
    layer._trainable = False


def last_compiled(layer: Any) -> object:
    """The last token of `note_compiled`."""
    return layer._compiled_last


def note_compiled(layer: Any, token: object) -> None:
    """Record the model, by a token, that a layer was compiled with."""
    layer._compiled_last = token
