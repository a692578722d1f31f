"""The names of all losses."""

from nbkeras.core.registry import Registry

registry = Registry("loss", "keras.losses")
register = registry.register
