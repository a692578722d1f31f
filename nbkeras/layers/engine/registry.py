"""The registry of layer classes by name."""

from nbkeras.core.registry import Registry

registry = Registry("layer", "keras.layers")
register = registry.register
