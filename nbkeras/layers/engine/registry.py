"""The names of all layers."""

from nbkeras.core.registry import Registry

registry = Registry("layer", "keras.layers")
register = registry.register
