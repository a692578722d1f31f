"""Atomic writes and the limits that a file from a stranger must keep."""

import contextlib
import os
import tempfile
from pathlib import Path

CONFIG_LIMIT = 16 * 2**20
MEMORY_SHARE = 0.5


@contextlib.contextmanager
def written(path):
    """A temporary file beside `path` that takes its place when all went well.

    Yields an open binary file. On any error the file at `path` is as it was and the
    temporary one is gone. The data is on the disk before the name changes.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"Cannot write {path}: the folder {path.parent} does not exist. Make it "
            f"first: Path({str(path.parent)!r}).mkdir(parents=True)."
        )
    if path.is_dir():
        raise IsADirectoryError(
            f"Cannot write {path}: it is a folder. Give a file name such as "
            f"{str(path / 'model.keras')!r}."
        )
    handle, name = tempfile.mkstemp(
        prefix=f".{path.name}.", suffix=".part", dir=path.parent
    )
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(
            path.stat().st_mode & 0o777 if path.exists() else _default_mode()
        )
        temporary.replace(path)
        _sync_folder(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def available_memory():
    """Bytes that this process may still take, by the container's and system's word."""
    found = []
    with contextlib.suppress(OSError, ValueError):
        limit = int(Path("/sys/fs/cgroup/memory.max").read_text())
        used = int(Path("/sys/fs/cgroup/memory.current").read_text())
        found.append(max(limit - used, 0))
    with contextlib.suppress(OSError, ValueError, IndexError):
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


def _default_mode():
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _sync_folder(folder):
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
