"""Constraints on weights: `kernel_constraint=constraints.max_norm(3)`."""

from nbkeras.ops.constraints import (
    Constraint,
    MaxNorm,
    MinMaxNorm,
    NonNeg,
    UnitNorm,
    deserialize,
    get,
    max_norm,
    maxnorm,
    min_max_norm,
    non_neg,
    nonneg,
    serialize,
    unit_norm,
    unitnorm,
)

__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "deserialize",
    "get",
    "max_norm",
    "maxnorm",
    "min_max_norm",
    "non_neg",
    "nonneg",
    "serialize",
    "unit_norm",
    "unitnorm",
]
