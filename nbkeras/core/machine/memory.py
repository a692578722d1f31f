"""Measure free memory, and return memory that the C library holds to the system."""

import contextlib
import ctypes
import functools
import os
from collections.abc import Iterator
from pathlib import Path

# Used where the limit is unknown.
ASSUMED_BYTES = 2 * 2**30
_GROUP = Path("/sys/fs/cgroup")


def available_bytes() -> int:
    """Bytes that this process may still allocate, within the container's limits."""
    bounds = [*_of_process(), *_of_container(), *_of_machine()]
    return min(bounds) if bounds else ASSUMED_BYTES


def give_back():
    """Return free memory to the system, where the C library can: 2 ms.

    Compiling a step leaves some 200 MB free but not returned. Returns whether any was.
    """
    trim = _trim()
    return bool(trim and trim(0))


def _of_machine() -> Iterator[int]:
    with contextlib.suppress(OSError, ValueError):
        rows = _rows(Path("/proc/meminfo"), ":")
        if "MemAvailable" in rows:
            yield rows["MemAvailable"] * 1024
            return
    with contextlib.suppress(OSError, ValueError, AttributeError):
        yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _of_process() -> Iterator[int]:
    with contextlib.suppress(ImportError, OSError, ValueError, IndexError):
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit != resource.RLIM_INFINITY:
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            yield max(limit - pages * resource.getpagesize(), 0)


def _of_container() -> Iterator[int]:
    for limit, used, folder in (
        ("memory.max", "memory.current", ""),
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "memory"),
    ):
        with contextlib.suppress(OSError, ValueError):
            group = _GROUP / folder
            most = int((group / limit).read_text())
            # The page cache counts as used, but is freed when memory is needed.
            pages = _rows(group / "memory.stat", " ")
            cached = pages.get("inactive_file", 0) + pages.get("active_file", 0)
            yield max(most - int((group / used).read_text()) + cached, 0)


def _rows(path: Path, separator: str) -> dict[str, int]:
    """{name: first number} of a text with one entry a line."""
    rows = [line.partition(separator) for line in path.read_text().splitlines()]
    return {name: int(value.split()[0]) for name, _, value in rows}


@functools.cache
def _trim():
    """Glibc's `malloc_trim`, or None."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        return ctypes.CDLL(None).malloc_trim
    return None
