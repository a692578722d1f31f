"""Distributed training on several devices and machines."""

from nbkeras.distribution.layout import LayoutMap, TensorLayout, distribute_tensor
from nbkeras.distribution.mesh import DeviceMesh, get_device_count, list_devices
from nbkeras.distribution.model_parallel import ModelParallel
from nbkeras.distribution.parallel import (
    DataParallel,
    Distribution,
    distribution,
    set_distribution,
)
from nbkeras.distribution.placement import Placement
from nbkeras.distribution.processes import initialize

__all__ = [
    "DataParallel",
    "DeviceMesh",
    "Distribution",
    "LayoutMap",
    "ModelParallel",
    "Placement",
    "TensorLayout",
    "distribute_tensor",
    "distribution",
    "get_device_count",
    "initialize",
    "list_devices",
    "set_distribution",
]
