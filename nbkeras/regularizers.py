"""Penalties on weights: `kernel_regularizer=regularizers.l2(1e-4)`."""

import functools

from nbkeras.core.names import legacy_names
from nbkeras.ops.regularizers import (
    L1,
    L1L2,
    L2,
    OrthogonalRegularizer,
    Regularizer,
    deserialize,
    get,
    l1,
    l1_l2,
    l2,
    orthogonal_regularizer,
    serialize,
)

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "OrthogonalRegularizer",
    "Regularizer",
    "deserialize",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "orthogonal_regularizer",
    "serialize",
]

__getattr__ = functools.partial(legacy_names.attribute, __name__)
