"""The devices that JAX can use, and what a model takes of them."""

from dataclasses import dataclass
from typing import Any

import jax

from nbkeras.analysis.devices.layer_measurements import (
    LayerMeasurements,
    measure_layers,
)
from nbkeras.core import check
from nbkeras.core.machine import memory
from nbkeras.data.array_batches import free_device_bytes
from nbkeras.distribution import Placement
from nbkeras.distribution.mesh import name_of
from nbkeras.distribution.parallel import distribution

OWNER = "devices"


@dataclass(frozen=True)
class Device:
    """One device.

    Args:
        name: such as "cpu:0" or "gpu:1".
        kind: what it is, such as "NVIDIA L4".
        memory_bytes: memory that is still free; on a CPU that of the process.
        is_used: whether `fit` would use it now.
    """

    name: str
    kind: str
    memory_bytes: int | None
    is_used: bool


@dataclass(frozen=True)
class Devices:
    """What there is to compute on, and what a model takes of it.

    Args:
        devices: all devices of JAX.
        layers: memory and time of each layer, for a batch of `batch_size` rows; empty
            without a model.
        batch_size: number of rows.
        placement: which rows and weights each device had in the model's last fit on
            several devices; None without one.
    """

    devices: tuple[Device, ...]
    layers: tuple[LayerMeasurements, ...] = ()
    batch_size: int = 32
    placement: Placement | None = None

    @property
    def used(self) -> list[str]:
        """Names of the devices that `fit` would use now."""
        return [device.name for device in self.devices if device.is_used]


def devices(
    model: Any = None, *, batch_size: int = 32, measure: bool = True
) -> Devices:
    """List the devices, and predict and measure what a model takes of them.

    Args:
        model: a built model, or None.
        batch_size: number of rows of a step.
        measure: whether to run each layer with the whole batch, too; a prediction runs
            an eighth and half of it.

    Raises:
        ValueError: `model` is not built, or `batch_size` is not a positive integer.
    """
    check.positive_int(OWNER, "batch_size", batch_size, example=32)
    current = distribution()
    used = (
        {name_of(jax.devices()[0])}
        if current is None
        else set(current.device_mesh.devices.ravel().tolist())
    )
    there = tuple(
        Device(
            name_of(device),
            device.device_kind,
            _free_bytes(device),
            name_of(device) in used,
        )
        for device in jax.devices()
    )
    if model is None:
        return Devices(there, batch_size=batch_size)
    if not model.weights and not model.built:
        raise ValueError(
            f"{OWNER}: this model is not built, so the shapes of its layers are not "
            "known. Begin it with nbkeras.Input(shape), or call model.build(shape)."
        )
    history = getattr(model, "history", None)
    return Devices(
        there,
        measure_layers(model, batch_size, measure),
        batch_size,
        getattr(history, "placement", None),
    )


def _free_bytes(device):
    if device.platform == "cpu":
        return memory.available_bytes()
    return free_device_bytes(device)
