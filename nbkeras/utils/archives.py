"""Unpack zip and tar files safely and atomically: no member can leave the folder.

Members are written one by one instead of by `extractall`, whose filter fails in some
versions of Python (CVE-2025-4517). Links are never created, so that no path can lead
through one, and each path is checked before it is written.
"""

import contextlib
import os
import secrets
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

from nbkeras.core.names.display_name import display_name, display_path

SIZE_LIMIT = 4 * 2**30
MEMBER_LIMIT = 1_000_000
# Maximum bytes of a path component and of a path on common file systems.
PART_LIMIT, PATH_LIMIT = 255, 1024
_CHUNK = 2**20
_DAMAGE_ERRORS = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
)


class Member(NamedTuple):
    """One file or folder of an archive; `open` opens it for reading."""

    name: str
    size: int
    is_folder: bool
    is_plain: bool
    open: Callable[[], IO[bytes]]


def unpack(archive_path: Path, folder: Path) -> None:
    """Unpack an archive to `folder`, which is created only when it is complete.

    Args:
        archive_path: a zip or tar file of plain files and folders.
        folder: the target folder, which is replaced if it exists.

    Raises:
        ValueError: the file is not a zip or tar file, is damaged or too large, has
            links or devices, or has names that leave the folder or conflict.
        OSError: the disk is full.
    """
    temporary = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    temporary.mkdir(parents=True)
    try:
        with _opened(archive_path) as members:
            paths = _checked(members(), archive_path, temporary)
            _write(members(), paths, archive_path)
        shutil.rmtree(folder, ignore_errors=True)
        temporary.replace(folder)
    except _DAMAGE_ERRORS as error:
        raise ValueError(
            f"{display_path(archive_path)} is damaged or uses an unknown format "
            f"({error}). Nothing was unpacked. Delete the file to download it again."
        ) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def link_beside(folder: Path) -> None:
    """Create links next to `folder` to its contents, where Keras 2 unpacked them."""
    for inner in folder.iterdir():
        link = folder.parent / inner.name
        if link != folder and not link.exists():
            with contextlib.suppress(OSError):  # not all systems have links
                link.symlink_to(inner.relative_to(folder.parent))


@contextlib.contextmanager
def _opened(archive_path) -> Iterator[Callable[[], Iterator[Member]]]:
    """A context that yields a function: () -> a new iterator over the members."""
    if zipfile.is_zipfile(archive_path):
        with zipfile.ZipFile(archive_path) as archive:
            yield lambda: _zip_members(archive)
    elif tarfile.is_tarfile(archive_path):
        with tarfile.open(archive_path) as archive:
            yield lambda: _tar_members(archive)
    else:
        raise ValueError(
            f"{display_path(archive_path)} is neither a zip nor a tar file."
        )


def _zip_members(archive: zipfile.ZipFile) -> Iterator[Member]:
    for info in archive.infolist():
        kind = stat.S_IFMT(info.external_attr >> 16)
        is_plain = kind in (0, stat.S_IFREG, stat.S_IFDIR)
        name, size = info.filename, info.file_size
        yield Member(name, size, info.is_dir(), is_plain, _opener(archive.open, info))


def _tar_members(archive: tarfile.TarFile) -> Iterator[Member]:
    for info in archive:
        is_plain = info.isreg() or info.isdir()
        opener = _opener(archive.extractfile, info)
        yield Member(info.name, info.size, info.isdir(), is_plain, opener)


def _opener(open_: Callable[[Any], Any], info: Any) -> Callable[[], IO[bytes]]:
    return lambda: open_(info)


def _checked(members: Iterator[Member], archive_path, folder) -> list[Path]:
    """The path of each member in order; raises before anything is written."""
    root = folder.resolve()
    paths, files, folders, total = [], set(), {root}, 0
    for member in members:
        path = _member_path(member, archive_path, root)
        total += member.size
        _refuse_large(total, archive_path, folder)
        if len(paths) >= MEMBER_LIMIT:
            raise ValueError(
                f"{display_path(archive_path)} has more than {MEMBER_LIMIT:,} files; "
                "at most that many are unpacked. Nothing was unpacked."
            )
        parents = path.parents[: path.parents.index(root) + 1] if path != root else ()
        is_folder = member.is_folder
        folders.update(parents, [path] if is_folder else [])
        files.update([] if is_folder else [path])
        paths.append(path)
    conflicts = files & folders
    if conflicts:
        name = display_name(min(conflicts).relative_to(root).as_posix())
        raise ValueError(
            f"{display_path(archive_path)} has '{name}' both as a file and as a "
            "folder. It is damaged or malicious; nothing was unpacked."
        )
    return paths


def _member_path(member: Member, archive_path, root: Path) -> Path:
    """The path that a member is written to; raises if it is outside of `root`."""
    name = member.name
    if not member.is_plain:
        raise ValueError(
            f"{display_path(archive_path)}: '{display_name(name)}' is a link or a "
            "device. Only plain files and folders are unpacked: a link can lead "
            "outside of the folder. Nothing was unpacked. If you trust the archive, "
            f"unpack it yourself: shutil.unpack_archive({str(archive_path)!r}, "
            "'folder')."
        )
    name_path = PurePosixPath(name.replace(os.sep, "/"))
    parts = [part for part in name_path.parts if part != "."]
    is_too_long = any(len(os.fsencode(part)) > PART_LIMIT for part in parts)
    if "\0" in name or is_too_long or len(os.fsencode(name)) > PATH_LIMIT:
        raise ValueError(
            f"{display_path(archive_path)}: '{display_name(name)}' is not a valid file "
            "name. Nothing was unpacked."
        )
    path = root.joinpath(*parts)
    is_inside = not name_path.is_absolute() and ".." not in parts
    if not (is_inside and path.resolve().is_relative_to(root)):
        raise ValueError(
            f"{display_path(archive_path)}: '{display_name(name)}' would be written "
            "outside of the folder. Nothing was unpacked."
        )
    return path


def _write(members: Iterator[Member], paths: list[Path], archive_path) -> None:
    for member, path in zip(members, paths, strict=True):
        if member.is_folder:
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            target = path.open("xb")
        except FileExistsError:
            raise ValueError(
                f"{display_path(archive_path)} has '{display_name(member.name)}' "
                "twice, or in two spellings that are one file here. Nothing was "
                "unpacked."
            ) from None
        with member.open() as source, target:
            _copy(source, target, member)


def _copy(source: IO[bytes], target: IO[bytes], member: Member) -> None:
    remaining = member.size
    while chunk := source.read(_CHUNK):
        remaining -= len(chunk)
        if remaining < 0:
            break
        target.write(chunk)
    if remaining:
        raise EOFError(f"'{display_name(member.name)}' does not have its declared size")


def _refuse_large(size, archive_path, folder):
    if size > SIZE_LIMIT:
        raise ValueError(
            f"{display_path(archive_path)} would unpack to {size:,} bytes, which is "
            "too large."
        )
    free = shutil.disk_usage(folder).free if size > _CHUNK else size
    if size > free:
        raise OSError(
            f"{display_path(archive_path)} unpacks to {size:,} bytes, but only "
            f"{free:,} are free."
        )
