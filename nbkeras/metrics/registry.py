"""Registry of metrics by name."""

from nbkeras.core.serialization.registry import Registry

registry = Registry("metric", "keras.metrics")
register = registry.register
