"""The names of all optimizers and schedules."""

from nbkeras.core.registry import Registry

registry = Registry("optimizer", "keras.optimizers")
register = registry.register
schedules = Registry("learning-rate schedule", "keras.optimizers.schedules")
