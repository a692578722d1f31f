"""Atomic writes: whatever happens, a file has either its old or its new contents."""

import contextlib
import errno
import os
import secrets
import time
from pathlib import Path

from nbkeras.core.names.display_name import display_path

# Errors of the disk or of permissions, rather than of the program.
_DISK_ERRORS = {"ENOSPC", "EFBIG", "EDQUOT", "EIO", "EROFS", "EACCES", "EPERM"}
_DISK_ERRNOS = {getattr(errno, name) for name in _DISK_ERRORS if hasattr(errno, name)}
# Temporary files younger than this may belong to a running process.
_MIN_AGE_S = 10.0


@contextlib.contextmanager
def written(path):
    """A context that yields a temporary binary file, which replaces `path` on success.

    On any error the file at `path` stays unchanged and the temporary file is removed.
    The data is flushed to disk before the file is renamed. Temporary files of a killed
    process are removed by the next write of the same file.

    Raises:
        FileNotFoundError: the folder does not exist.
        IsADirectoryError: `path` is a folder.
        OSError: the disk is full or cannot be written to.
    """
    path = _target(path)
    temporary = path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}.part")
    try:
        _remove_stale(path)
        with _opened(temporary) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if path.exists():
                temporary.chmod(path.stat().st_mode & 0o777)
            temporary.replace(path)
        _sync_folder(path.parent)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError) and error.errno in _DISK_ERRNOS:
            raise OSError(
                error.errno,
                f"Cannot write {display_path(path)}: {os.strerror(error.errno)}. The "
                "previous file is unchanged. Free disk space, or choose another "
                "folder.",
            ) from None
        raise


def _target(path):
    path = Path(os.path.realpath(path))
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"Cannot write {display_path(path)}: the folder "
            f"{display_path(path.parent)} does not exist. Create it first: "
            f"Path({str(path.parent)!r}).mkdir(parents=True)."
        )
    if path.is_dir():
        raise IsADirectoryError(
            f"Cannot write {display_path(path)}: it is a folder. Give a file name such "
            f"as {str(path / 'model.keras')!r}."
        )
    return path


@contextlib.contextmanager
def _opened(temporary):
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(temporary, flags, 0o666), "w+b") as file:
        _lock(file)
        yield file


def _lock(file):
    """Lock `file` for this process; False if another process holds the lock."""
    try:
        import fcntl
    except ImportError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _remove_stale(path):
    """Remove temporary files of `path` that a killed process left."""
    for old in path.parent.glob(f".{_literal(path.name[:80])}.????????.part"):
        with contextlib.suppress(OSError):
            if time.time() - old.stat().st_mtime < _MIN_AGE_S:
                continue
            with old.open("rb") as file:
                is_stale = _lock(file)
            if is_stale:
                old.unlink()


def _literal(name):
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def _sync_folder(folder):
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
