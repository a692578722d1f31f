"""Registries of optimizers and schedules by name."""

from nbkeras.core.serialization.registry import Registry

registry = Registry("optimizer", "keras.optimizers")
register = registry.register
schedules = Registry("learning-rate schedule", "keras.optimizers.schedules")
