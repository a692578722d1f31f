"""The persistent compilation cache: JAX's compiled programs in a private folder.

The folder contains machine code that will be run, so it is used only if nobody else can
write to it. JAX reads and writes the entries; this module sets the folder and its size.
"""

import os
import stat
import zlib
from pathlib import Path

import jax
from jax.experimental.compilation_cache import compilation_cache

from nbkeras.core import notices, settings
from nbkeras.core.annotations import PathLike
from nbkeras.utils.cache_folder import cache_folder

LIMIT_BYTES = 256 * 2**20
MARK = ".checked"
# JAX 0.6.0 reads a stored program of a training step that computes zeros: the loss is 0
# and the weights stay as they are. 0.6.2 was seen to compute the same numbers.
OLDEST_JAX = (0, 6, 2)


def compiled_folder() -> Path:
    """The folder of compiled code."""
    return cache_folder() / "compiled"


def turn_on() -> Path | None:
    """Cache compiled code from now on; called when the first model is created.

    Does nothing if the user has configured JAX's own cache, after
    `nbkeras.config.set_compile_cache(False)`, with NBKERAS_COMPILE_CACHE=0, or with a
    JAX before 0.6.2, whose stored programs cannot be trusted. If the
    folder cannot be used safely, one notice is given and nothing is cached.

    Returns:
        The folder; None if nothing is cached.
    """
    if not settings.compile_cache() or jax.config.jax_compilation_cache_dir:
        return None
    if jax.__version_info__ < OLDEST_JAX:
        return None
    folder = compiled_folder()
    try:
        make_private(folder)
        tidy(folder)
    except OSError as error:
        notices.once(
            "compile cache",
            f"Compiled code is not cached on disk: {error}. Set NBKERAS_HOME to a "
            "writable folder, or NBKERAS_COMPILE_CACHE=0 to disable the cache.",
        )
        return None
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    jax.config.update("jax_compilation_cache_dir", str(folder))
    # JAX may have compiled something already, and concluded that there is no cache.
    compilation_cache.reset_cache()
    return folder


def make_private(folder: Path) -> None:
    """Create `folder`, accessible to its owner only.

    Raises:
        PermissionError: it is a link or belongs to another user.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not hasattr(os, "getuid"):
        return  # Windows: a folder in the user's profile is private already.
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise PermissionError(f"{folder} is a link or belongs to another user")
    if status.st_mode & 0o077:
        folder.chmod(0o700)
        # Others could write here until now: do not run what they may have left.
        for entry in entries(folder):
            entry.unlink(missing_ok=True)


def tidy(folder: Path, limit: int = LIMIT_BYTES) -> None:
    """Remove damaged entries, and the oldest entries beyond `limit` bytes.

    JAX would report a damaged entry at every start and never replace it. Only entries
    written since the last call are checked.
    """
    mark = folder / MARK
    checked = mark.stat().st_mtime_ns if mark.exists() else 0
    # Touched first, so that entries written meanwhile are checked the next time.
    mark.touch()
    total, candidates = 0, []
    for entry in entries(folder):
        status = entry.stat()
        if status.st_mtime_ns >= checked and is_damaged(entry):
            entry.unlink(missing_ok=True)
        else:
            candidates.append((status.st_mtime_ns, status.st_size, entry))
    for _, size, entry in sorted(candidates, reverse=True):
        total += size
        if total > limit:
            entry.unlink(missing_ok=True)


def entries(folder: PathLike) -> list[Path]:
    """The files with compiled code."""
    return [p for p in Path(folder).glob("*-cache") if p.is_file()]


def is_damaged(entry: Path) -> bool:
    """Whether a file is truncated or altered; zstd-compressed files are not checked."""
    data = entry.read_bytes()
    if data[:1] != b"\x78":
        return not data.startswith(b"\x28\xb5\x2f\xfd")
    try:
        zlib.decompress(data)
    except zlib.error:
        return True
    return False
