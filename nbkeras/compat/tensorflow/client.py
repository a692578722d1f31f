"""`tensorflow.python.client`, from which old code imports `device_lib`: this module."""

import sys
from typing import Any

from nbkeras.compat.tensorflow import config


def list_local_devices(session_config: Any = None) -> list[config.PhysicalDevice]:
    """List the devices that JAX sees."""
    return config.list_physical_devices()


device_lib = sys.modules[__name__]
