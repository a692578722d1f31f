"""DeviceMesh: devices by name, arranged in a grid."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import jax
import numpy as np

from nbkeras.core import check


def list_devices(device_type: Literal["cpu", "gpu", "tpu"] | None = None) -> list[str]:
    """Names of the devices of one kind, of all processes, such as "gpu:0".

    Args:
        device_type: "cpu", "gpu" or "tpu"; None is the kind that JAX computes with.

    Raises:
        RuntimeError: JAX knows no such device here.
    """
    if device_type is not None:
        kinds = ("cpu", "gpu", "tpu")
        device_type = check.choice("list_devices", "device_type", device_type, kinds)
    try:
        return [_name(device) for device in jax.devices(device_type)]
    except RuntimeError as error:
        here = jax.default_backend()
        raise RuntimeError(
            f"list_devices({device_type!r}): JAX knows no {device_type} here, it "
            f"computes on {here}. Write list_devices()."
        ) from error


def get_device_count(device_type: Literal["cpu", "gpu", "tpu"] | None = None) -> int:
    """How many devices `list_devices` names."""
    return len(list_devices(device_type))


class DeviceMesh:
    """Devices arranged along named axes.

    Args:
        shape: sizes of the axes, for example (8,).
        axis_names: their names, for example ["batch"].
        devices: names as from `list_devices`, or JAX devices; None takes all.

    Raises:
        ValueError: names and sizes do not match, or the number of devices does not.
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
        devices_by_name = {_name(device): device for device in jax.devices()}
        jax_devices = [_device(device, devices_by_name) for device in devices]
        self.devices = np.array([_name(device) for device in jax_devices]).reshape(
            self.shape
        )
        grid = np.array(jax_devices, object).reshape(self.shape)
        self.backend_mesh = jax.sharding.Mesh(grid, tuple(self.axis_names))

    def __repr__(self):
        return f"<DeviceMesh shape={self.shape}, axis_names={self.axis_names}>"


def _name(device):
    kind = "gpu" if device.platform in ("cuda", "rocm") else device.platform
    return f"{kind}:{device.id}"


def _device(given, known):
    if isinstance(given, jax.Device):
        return given
    if str(given).startswith("cpu:"):
        known = {_name(device): device for device in jax.devices("cpu")} | known
    if str(given) not in known:
        raise ValueError(
            f"There is no device {str(given)!r}. Available are: {', '.join(known)}."
        )
    return known[str(given)]
