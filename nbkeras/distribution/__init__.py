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

_NOT_HERE = ("LayoutMap", "ModelParallel")


def __getattr__(name):
    if name in _NOT_HERE:
        raise AttributeError(
            f"nbkeras.distribution.{name} divides single weights among devices, which "
            "nbkeras does not do: every device holds the whole model. Where that fits "
            "into memory write set_distribution(DataParallel()); where it does not, "
            "real Keras or a library for JAX such as Flax can."
        )
    raise AttributeError(f"module 'nbkeras.distribution' has no attribute {name!r}")
