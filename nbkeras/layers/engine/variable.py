"""`keras.Variable`: a weight with its first value, made outside of `add_weight`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nbkeras.core import scopes, settings
from nbkeras.core.annotations import DTypeLike
from nbkeras.layers.engine.weight import Weight
from nbkeras.ops import initializers


def Variable(
    initializer: Any,
    shape: Sequence[int] | None = None,
    dtype: DTypeLike | None = None,
    trainable: bool = True,
    name: str | None = None,
    **_more: Any,
) -> Weight:
    """A value that may be assigned to; as an attribute of a layer it is its weight.

    Args:
        initializer: the first value, or name or function of an initializer.
        shape: needed with an initializer only.
        dtype: that of the value if not given; floatx for an initializer.
        trainable: whether an optimizer may change it.
        name: shown in paths.

    Raises:
        ValueError: an initializer without a shape.

    >>> Variable([1.0, 2.0]).numpy()
    array([1., 2.], dtype=float32)
    """
    name = name or "variable"
    if not (callable(initializer) or isinstance(initializer, str)):
        value = np.asarray(getattr(initializer, "value", initializer))
        if dtype is None:
            dtype = settings.floatx() if value.dtype.kind == "f" else "int32"
            dtype = "bool" if value.dtype.kind == "b" else dtype
        made = Weight(name, value.shape, dtype, trainable=trainable)
        made.path = scopes.path_of(name)
        return made.assign(value)
    if shape is None:
        raise ValueError(
            f"Variable({initializer!r}): an initializer needs a shape. Write for "
            "example Variable('zeros', shape=(3,))."
        )
    first = initializers.get(initializer)
    dtype = dtype or settings.floatx()
    made = Weight(name, shape, dtype, first, trainable=trainable)
    made.path = scopes.path_of(name)
    made.initialise()
    return made
