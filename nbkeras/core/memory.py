"""Memory that the C library keeps for itself is given back to the system."""

import contextlib
import ctypes
import functools


def give_back():
    """Return free memory to the system, where the C library can: 2 ms.

    Compiling a step leaves some 200 MB free but not returned. Returns whether any was.
    """
    trim = _trim()
    return bool(trim and trim(0))


@functools.cache
def _trim():
    """Glibc's `malloc_trim`, or None."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        return ctypes.CDLL(None).malloc_trim
    return None
