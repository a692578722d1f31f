"""Mixed precision: `set_global_policy("mixed_bfloat16")` computes in 16 bits."""

from nbkeras.core import settings
from nbkeras.core.names import legacy_names
from nbkeras.core.settings import set_dtype_policy
from nbkeras.dtype_policies import DTypePolicy

Policy = DTypePolicy
set_global_policy = set_policy = set_dtype_policy


def dtype_policy() -> DTypePolicy:
    """The global dtype policy, which new layers have.

    >>> dtype_policy().compute_dtype
    'float32'
    """
    return DTypePolicy(settings.dtype_policy())


global_policy = dtype_policy

__all__ = [
    "DTypePolicy",
    "Policy",
    "dtype_policy",
    "global_policy",
    "set_dtype_policy",
    "set_global_policy",
]


def __getattr__(name):
    if name == "LossScaleOptimizer":
        from nbkeras.optimizers import LossScaleOptimizer

        return LossScaleOptimizer
    return legacy_names.attribute(__name__, name)
