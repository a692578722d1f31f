"""Pending layers: chains of layers in a `%%model` cell that have no input yet."""

from nbkeras.core.errors.argument_errors import example_of
from nbkeras.layers.engine.layer import Layer


class PendingLayers:
    """A chain of layers without an input yet: `Dense(4) | Dense(2)`."""

    def __init__(self, *layers):
        self.layers = layers

    def __call__(self, x):
        """Apply the layers to a tensor; applied to another chain, extend it."""
        if is_pending(x):
            return PendingLayers(*layers_of(x), *self.layers)
        for layer in self.layers:
            x = layer(x)
        return x


def is_pending(value):
    """Whether `value` is a layer or chain without an input."""
    return isinstance(value, Layer | PendingLayers)


def is_layer_class(value):
    """Whether `value` is a layer class, such as one whose parentheses are missing."""
    return isinstance(value, type) and issubclass(value, Layer)


def no_instance(cls):
    """The error message for a class in place of a layer."""
    return (
        f"{cls.__name__} is the class of a layer, and a line needs a layer. Write "
        f"{example_of(cls)}."
    )


def layers_of(value):
    """The layers of a chain, or the one layer."""
    return value.layers if isinstance(value, PendingLayers) else (value,)
