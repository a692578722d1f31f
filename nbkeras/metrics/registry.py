"""The names of all metrics."""

from nbkeras.core.registry import Registry

registry = Registry("metric", "keras.metrics")
register = registry.register
