"""`keras.initializations` of Keras 1: functions of a shape, with `scale` and `name`.

    from keras.initializations import normal
    Dense(4, init=lambda shape, name=None: normal(shape, scale=0.01, name=name))

Other names are those of `keras.initializers`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nbkeras.ops import initializers


def get(identifier: Any, **settings: Any) -> Any:
    """The initializer with this name, or the function itself."""
    return initializers.get(identifier)


def normal(shape: Sequence[int], scale: float = 0.05, name: Any = None) -> np.ndarray:
    """Normally distributed values with standard deviation `scale`.

    >>> normal((2, 3), scale=0.01, name="kernel").shape
    (2, 3)
    """
    return initializers.RandomNormal(stddev=scale)(shape)


def uniform(shape: Sequence[int], scale: float = 0.05, name: Any = None) -> np.ndarray:
    """Uniformly distributed values from `-scale` to `scale`."""
    return initializers.RandomUniform(-scale, scale)(shape)


def orthogonal(
    shape: Sequence[int], scale: float = 1.1, name: Any = None
) -> np.ndarray:
    """A matrix with orthogonal rows or columns, times `scale`."""
    return initializers.Orthogonal(gain=scale)(shape)


def identity(shape: Sequence[int], scale: float = 1.0, name: Any = None) -> np.ndarray:
    """The identity matrix times `scale`."""
    return initializers.Identity(gain=scale)(shape)


def _of_shape(initializer: Any) -> Any:
    def draw(shape: Sequence[int], name: Any = None, **settings: Any) -> np.ndarray:
        """Initial values of a shape."""
        return initializer()(shape)

    return draw


zero = _of_shape(initializers.Zeros)
one = _of_shape(initializers.Ones)
glorot_normal = _of_shape(initializers.GlorotNormal)
glorot_uniform = _of_shape(initializers.GlorotUniform)
he_normal = _of_shape(initializers.HeNormal)
he_uniform = _of_shape(initializers.HeUniform)
lecun_uniform = _of_shape(initializers.LecunUniform)


def __getattr__(name):
    return getattr(initializers, name)
