"""How much a file from a stranger may ask for; every reader keeps these limits."""

import contextlib
from pathlib import Path

CONFIG_BYTES = 16 * 2**20
CONTAINERS = 200_000  # objects and lists in a config; each costs some 100 bytes
VALUES = 2_000_000
DEPTH = 64
TEXT = 100_000  # characters of one text
NAME = 256
LAYERS = 2_000
WHOLE = 2**53
NODES = 100_000  # groups and data sets in an HDF5 file

MEMORY_SHARE = 0.5
# What is packed tighter than this is no set of weights: Keras does not pack at all.
UNPACKING = 50
SMALL = 16 * 2**20


def available_memory():
    """Bytes that this process may still take, by its own, its container's limits."""
    found = [*_of_process(), *_of_container()]
    with contextlib.suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/meminfo").read_text().splitlines()
        row = next(line for line in lines if line.startswith("MemAvailable"))
        found.append(int(row.split()[1]) * 1024)
    return min(found) if found else 2 * 2**30


def refuse_if_too_large(path, what, size):
    """Raise if `size` bytes are more than the share of memory that a file may take."""
    limit = int(available_memory() * MEMORY_SHARE)
    if size > limit:
        raise ValueError(
            f"{path}: {what} would take {size / 2**20:,.0f} MB, and at most "
            f"{limit / 2**20:,.0f} MB ({MEMORY_SHARE:.0%} of the free memory) are "
            "allowed. Nothing was loaded. Use a machine with more memory if the file "
            "is one that you trust."
        )


def refuse_if_packed(path, what, size, stored):
    """Raise if `size` bytes are to come out of only `stored` bytes."""
    if size > SMALL + UNPACKING * stored:
        raise ValueError(
            f"{path}: {what} would unpack to {size / 2**20:,.0f} MB, and only "
            f"{stored:,} bytes are stored for it: no weights look like that. Nothing "
            "was loaded."
        )


def _of_process():
    with contextlib.suppress(ImportError, OSError, ValueError, IndexError):
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit != resource.RLIM_INFINITY:
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            yield max(limit - pages * resource.getpagesize(), 0)


def _of_container():
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        with contextlib.suppress(OSError, ValueError):
            group = Path("/sys/fs/cgroup")
            most = int((group / limit).read_text())
            yield max(most - int((group / used).read_text()), 0)
