"""Base class and registry of initializers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np

from nbkeras.core import settings
from nbkeras.core.annotations import DTypeLike
from nbkeras.core.serialization.configurable import Configurable
from nbkeras.core.serialization.registry import Registry

registry = Registry("initializer", "keras.initializers")
register = registry.register


class Initializer(Configurable):
    """Base class of initializers; subclasses implement `__call__(shape, dtype)`."""

    keras_module = "keras.initializers"

    def __call__(
        self, shape: Sequence[int], dtype: DTypeLike | None = None
    ) -> np.ndarray:
        """The initial values, an array of `shape`."""
        raise NotImplementedError(f"{type(self).__name__} has no __call__.")

    def clone(self) -> Self:
        """A copy of this initializer."""
        return type(self).from_config(self.get_config())


def numpy_dtype(dtype: DTypeLike | None):
    """A NumPy dtype from a name, a dtype or None (the global floatx)."""
    name = settings.floatx() if dtype is None else getattr(dtype, "name", dtype)
    return np.dtype(name)
