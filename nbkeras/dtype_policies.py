"""Dtype policies: the dtypes of weights and computation, by name or layer path."""

from typing import Any

from nbkeras.core.dtype_policies import DTypePolicy as DTypePolicy
from nbkeras.core.dtype_policies import DTypePolicyMap as DTypePolicyMap
from nbkeras.core.dtype_policies import FloatDTypePolicy as FloatDTypePolicy
from nbkeras.core.dtype_policies import deserialize as deserialize
from nbkeras.core.dtype_policies import get as get
from nbkeras.core.dtype_policies import serialize as serialize
from nbkeras.core.names import legacy_names

__all__ = [
    "DTypePolicy",
    "DTypePolicyMap",
    "FloatDTypePolicy",
    "deserialize",
    "get",
    "serialize",
]


def __getattr__(name: str) -> Any:
    return legacy_names.attribute(__name__, name)
