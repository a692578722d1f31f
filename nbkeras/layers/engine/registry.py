"""The registry of layer classes by name."""

from nbkeras.core.serialization.registry import Registry

registry = Registry("layer", "keras.layers")
register = registry.register
