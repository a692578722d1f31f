"""Host memory that a device on this machine can read in place."""

import math
from typing import Any

import numpy as np

# XLA reads an argument in place if its address is a multiple of this; a copy takes
# 0.25 ms for 1.6 MB. NumPy aligns to 16 bytes.
ALIGNMENT = 64


def zeros(shape: tuple[int, ...], dtype: Any) -> np.ndarray[Any, Any]:
    """Zeros aligned to `ALIGNMENT` bytes; see `empty`.

    Large arrays take no memory until they are written to; nothing is compiled.
    """
    return _aligned(np.zeros, shape, dtype)


def empty(shape: tuple[int, ...], dtype: Any) -> np.ndarray[Any, Any]:
    """An uninitialised array aligned to `ALIGNMENT` bytes.

    After it is passed to a jitted function, which may read it in place, do not write
    to it.
    """
    return _aligned(np.empty, shape, dtype)


def _aligned(create: Any, shape: tuple[int, ...], dtype: Any) -> np.ndarray[Any, Any]:
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    memory = create(size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + size].view(dtype).reshape(shape)
