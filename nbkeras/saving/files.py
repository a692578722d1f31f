"""Atomic writes: a file is either the old or the new one, whatever happens."""

import contextlib
import errno
import os
import secrets
import time
from pathlib import Path

# What a disk, not a program, may say while a file is written.
_FULL = {"ENOSPC", "EFBIG", "EDQUOT", "EIO", "EROFS", "EACCES", "EPERM"}
_DISK = {getattr(errno, name) for name in _FULL if hasattr(errno, name)}
_NEW_S = 10.0


@contextlib.contextmanager
def written(path):
    """A temporary file beside `path` that replaces it on success.

    Yields an open binary file. On any error the file at `path` is as it was and the
    temporary one is gone. The data is on the disk before the name changes. What a
    killed process left behind is cleared away by the next write of that file.

    Raises:
        FileNotFoundError, IsADirectoryError: `path` cannot be a file.
        OSError: the disk is full or may not be written to.
    """
    path = _target(path)
    temporary = path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}.part")
    try:
        _clear_left_over(path)
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
        if isinstance(error, OSError) and error.errno in _DISK:
            raise OSError(
                error.errno,
                f"Cannot write {path}: {os.strerror(error.errno)}. The previous file "
                "is unchanged. Free disk space, or choose another folder.",
            ) from None
        raise


def _target(path):
    path = Path(os.path.realpath(path))
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"Cannot write {path}: the folder {path.parent} does not exist. Create it "
            f"first: Path({str(path.parent)!r}).mkdir(parents=True)."
        )
    if path.is_dir():
        raise IsADirectoryError(
            f"Cannot write {path}: it is a folder. Give a file name such as "
            f"{str(path / 'model.keras')!r}."
        )
    return path


@contextlib.contextmanager
def _opened(temporary):
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(temporary, flags, 0o666), "w+b") as file:
        _lock(file)
        yield file


def _lock(file):
    """Lock `file` for this process; True if no other process holds it."""
    try:
        import fcntl
    except ImportError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _clear_left_over(path):
    """Remove temporary files of `path` that a dead process left."""
    for old in path.parent.glob(f".{_literal(path.name[:80])}.????????.part"):
        with contextlib.suppress(OSError):
            if time.time() - old.stat().st_mtime < _NEW_S:
                continue
            with old.open("rb") as file:
                dead = _lock(file)
            if dead:
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
