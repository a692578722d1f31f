"""Dtypes of weights and computation, under Keras 3's name of the module."""

from nbkeras.mixed_precision import DTypePolicy

__all__ = ["DTypePolicy"]
