"""Host memory that a device on this machine can read in place."""

import math
from typing import Any

import numpy as np

# XLA reads an argument in place if its address is a multiple of this; a copy takes
# 0.25 ms for 1.6 MB. NumPy aligns to 16 bytes.
ALIGNMENT = 64


def zeros(shape: tuple[int, ...], dtype: Any) -> np.ndarray[Any, Any]:
    """Zeros aligned to `ALIGNMENT` bytes; see `empty`.

    Large ones take no memory until they are written to, and nothing is compiled.
    """
    return _aligned(np.zeros, shape, dtype)


def empty(shape: tuple[int, ...], dtype: Any) -> np.ndarray[Any, Any]:
    """An uninitialised array aligned to `ALIGNMENT` bytes.

    Once it was handed to a jitted function it must not be written to again.
    """
    return _aligned(np.empty, shape, dtype)


def _aligned(make: Any, shape: tuple[int, ...], dtype: Any) -> np.ndarray[Any, Any]:
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    memory = make(size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + size].view(dtype).reshape(shape)
