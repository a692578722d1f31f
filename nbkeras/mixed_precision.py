"""Compute in 16 bits, keep weights in 32: `set_global_policy("mixed_bfloat16")`."""

from __future__ import annotations

import functools

from nbkeras.core import check, old_names, settings
from nbkeras.core.settings import dtype_policy, set_dtype_policy

_OPTIONS = (*settings.FLOATS, "mixed_bfloat16", "mixed_float16")


class DTypePolicy:
    """A dtype for the weights and one for the computation, by name.

    Args:
        name: "float32", "bfloat16", ..., or "mixed_bfloat16", "mixed_float16".

    >>> DTypePolicy("mixed_bfloat16").compute_dtype
    'bfloat16'
    """

    def __init__(self, name: str | None) -> None:
        self.name = check.choice("DTypePolicy", "name", name, _OPTIONS)

    @property
    def compute_dtype(self):
        """The dtype of the arithmetic."""
        return self.name.removeprefix("mixed_")

    @property
    def variable_dtype(self):
        """The dtype of the weights."""
        return "float32" if self.name.startswith("mixed_") else self.name

    def __repr__(self):
        return f"<DTypePolicy {self.name!r}>"


Policy = DTypePolicy
set_global_policy = set_policy = set_dtype_policy


def global_policy():
    """The policy of new layers."""
    return DTypePolicy(dtype_policy())


__all__ = [
    "DTypePolicy",
    "Policy",
    "dtype_policy",
    "global_policy",
    "set_dtype_policy",
    "set_global_policy",
]

__getattr__ = functools.partial(old_names.attribute, __name__)
