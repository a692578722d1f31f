"""DeviceMesh: a grid of devices with named axes."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import jax
import numpy as np

from nbkeras.core import check


def list_devices(device_type: Literal["cpu", "gpu", "tpu"] | None = None) -> list[str]:
    """List the names of the devices of all processes, such as "gpu:0".

    Args:
        device_type: "cpu", "gpu" or "tpu"; None is the default of JAX.

    Raises:
        RuntimeError: there is no device of this type.
    """
    if device_type is not None:
        kinds = ("cpu", "gpu", "tpu")
        device_type = check.choice("list_devices", "device_type", device_type, kinds)
    try:
        return [name_of(device) for device in jax.devices(device_type)]
    except RuntimeError as error:
        default = jax.default_backend()
        raise RuntimeError(
            f"list_devices({device_type!r}): JAX has no {device_type} on this machine; "
            f"it computes on {default}. Write list_devices()."
        ) from error


def get_device_count(device_type: Literal["cpu", "gpu", "tpu"] | None = None) -> int:
    """The number of devices, of one type or of the default."""
    return len(list_devices(device_type))


class DeviceMesh:
    """Devices arranged along named axes.

    Args:
        shape: sizes of the axes, for example (8,).
        axis_names: names of the axes, for example ["batch"].
        devices: device names from `list_devices`, or JAX devices; None uses all.

    Raises:
        ValueError: the numbers of names and sizes, or of devices, do not match.
    """

    def __init__(
        self, shape: Sequence[int], axis_names: Sequence[str], devices: Any = None
    ) -> None:
        self.shape, self.axis_names = tuple(shape), list(axis_names)
        devices = list_devices() if devices is None else list(np.ravel(devices))
        if not self.shape or len(self.shape) != len(self.axis_names):
            raise ValueError(
                f"DeviceMesh(shape={self.shape}, axis_names={self.axis_names}): give "
                f"each axis a name. Write for example DeviceMesh(({len(devices)},), "
                '["batch"]).'
            )
        if math.prod(self.shape) != len(devices):
            raise ValueError(
                f"DeviceMesh(shape={self.shape}): that is {math.prod(self.shape)} "
                f"devices, and there are {len(devices)}. Write ({len(devices)},), or "
                "name the devices to use in devices=[...]."
            )
        devices_by_name = {name_of(device): device for device in jax.devices()}
        jax_devices = [_device(device, devices_by_name) for device in devices]
        self.devices = np.array([name_of(device) for device in jax_devices]).reshape(
            self.shape
        )
        grid = np.array(jax_devices, object).reshape(self.shape)
        self.backend_mesh = jax.sharding.Mesh(grid, tuple(self.axis_names))

    def __repr__(self):
        return f"<DeviceMesh shape={self.shape}, axis_names={self.axis_names}>"


def name_of(device: Any) -> str:
    """The name of a device of JAX, such as "gpu:0"."""
    kind = "gpu" if device.platform in ("cuda", "rocm") else device.platform
    return f"{kind}:{device.id}"


def _device(device, devices_by_name):
    """The JAX device of a name; a JAX device itself."""
    if isinstance(device, jax.Device):
        return device
    name = str(device)
    if name.startswith("cpu:"):
        devices_by_name = {name_of(d): d for d in jax.devices("cpu")} | devices_by_name
    if name not in devices_by_name:
        raise ValueError(
            f"There is no device {name!r}. Available are: {', '.join(devices_by_name)}."
        )
    return devices_by_name[name]
