"""`tf.config` and `tf.test`: list devices; accept settings without effect."""

from typing import Any, NamedTuple

import jax

from nbkeras.core.names import tensorflow_names as absent


class PhysicalDevice(NamedTuple):
    """A device of this machine.

    Args:
        name: such as "/physical_device:GPU:0".
        device_type: "CPU", "GPU" or "TPU".
    """

    name: str
    device_type: str


def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """List the devices that JAX sees, optionally those of one type."""
    devices = [PhysicalDevice("/physical_device:CPU:0", "CPU")]
    for number, device in enumerate(jax.devices()):
        kind = device.platform.upper().replace("CUDA", "GPU").replace("ROCM", "GPU")
        if kind != "CPU":
            devices.append(PhysicalDevice(f"/physical_device:{kind}:{number}", kind))
    return [device for device in devices if device_type in (None, device.device_type)]


def list_logical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """List the same devices as `list_physical_devices`."""
    return list_physical_devices(device_type)


def _ignored(*args: Any, **kwargs: Any) -> None:
    """Accept the setting without effect: JAX decides this."""


set_visible_devices = run_functions_eagerly = set_soft_device_placement = _ignored
set_logical_device_configuration = experimental_run_functions_eagerly = _ignored
threading = absent.Namespace(
    "config.threading",
    set_inter_op_parallelism_threads=_ignored,
    set_intra_op_parallelism_threads=_ignored,
)
optimizer = absent.Namespace("config.optimizer", set_jit=_ignored)
experimental = absent.Namespace(
    "config.experimental",
    list_physical_devices=list_physical_devices,
    list_logical_devices=list_logical_devices,
    set_memory_growth=_ignored,
    run_functions_eagerly=_ignored,
    set_virtual_device_configuration=_ignored,
    set_synchronous_execution=_ignored,
    set_visible_devices=_ignored,
    enable_tensor_float_32_execution=_ignored,
)


def is_gpu_available(*args: Any, **kwargs: Any) -> bool:
    """`tf.test.is_gpu_available`: whether JAX sees a GPU."""
    return bool(list_physical_devices("GPU"))


def gpu_device_name() -> str:
    """`tf.test.gpu_device_name`: "/device:GPU:0", or "" without a GPU."""
    return "/device:GPU:0" if is_gpu_available() else ""


def __getattr__(name):
    raise AttributeError(absent.message(f"config.{name}"))
