"""Layers that wait for what comes in, as the lines of a `%%model` cell write them."""

from nbkeras.core.argument_errors import example_of
from nbkeras.layers.engine.layer import Layer


class PendingLayers:
    """Layers one after the other that wait for what comes in: `Dense(4) | Dense(2)`."""

    def __init__(self, *layers):
        self.layers = layers

    def __call__(self, x):
        """The tensor behind the last layer; on another chain, one that is longer."""
        if is_pending(x):
            return PendingLayers(*layers_of(x), *self.layers)
        for layer in self.layers:
            x = layer(x)
        return x


def is_pending(value):
    """Whether `value` is a layer or a chain that has no input yet."""
    return isinstance(value, Layer | PendingLayers)


def is_layer_class(value):
    """Whether `value` is the class of a layer, its brackets forgotten."""
    return isinstance(value, type) and issubclass(value, Layer)


def no_instance(cls):
    """What to say of a class that stands where a layer must."""
    return (
        f"{cls.__name__} is the class of a layer, and a line needs a layer. Write "
        f"{example_of(cls)}."
    )


def layers_of(value):
    """The layers of a chain, or the one layer."""
    return value.layers if isinstance(value, PendingLayers) else (value,)
