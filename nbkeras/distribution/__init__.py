"""Distributed training on several devices and machines."""

from nbkeras.distribution.layout import TensorLayout, distribute_tensor
from nbkeras.distribution.mesh import DeviceMesh, get_device_count, list_devices
from nbkeras.distribution.parallel import (
    DataParallel,
    distribution,
    set_distribution,
)
from nbkeras.distribution.processes import initialize

__all__ = [
    "DataParallel",
    "DeviceMesh",
    "TensorLayout",
    "distribute_tensor",
    "distribution",
    "get_device_count",
    "initialize",
    "list_devices",
    "set_distribution",
]

_UNSUPPORTED = ("LayoutMap", "ModelParallel")


def __getattr__(name):
    if name in _UNSUPPORTED:
        raise AttributeError(
            f"nbkeras.distribution.{name} shards weights over devices, which nbkeras "
            "does not support: every device holds the whole model. If that fits into "
            "memory, write set_distribution(DataParallel()); if not, use Keras, or a "
            "JAX library such as Flax."
        )
    raise AttributeError(f"module 'nbkeras.distribution' has no attribute {name!r}")
