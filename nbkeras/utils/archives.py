"""Unpack zip and tar files so that nothing leaves the folder, and all or nothing.

The members are written here, one by one, not by `extractall`: whether its filter keeps
them inside depends on the version of Python (CVE-2025-4517). Links are never made, so
no path can lead through one, and each path is checked before it is written.
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

from nbkeras.core.names.display_name import display_name

SIZE_LIMIT = 4 * 2**30
MEMBER_LIMIT = 1_000_000
# A name longer than this is no file name on any usual disk.
PART_LIMIT, PATH_LIMIT = 255, 1024
_CHUNK = 2**20
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
)


class Member(NamedTuple):
    """One file or folder of an archive: its name there, its size, how it is read."""

    name: str
    size: int
    is_folder: bool
    is_plain: bool
    open: Callable[[], IO[bytes]]


def unpack(packed: Path, folder: Path) -> None:
    """Unpack `packed` to `folder`, which appears only when it is complete.

    Args:
        packed: a zip or tar file of plain files and folders.
        folder: where to; what was there before is replaced.

    Raises:
        ValueError: neither a zip nor a tar file, damaged, too large, with links or
            devices, or with names that lead out of the folder or exclude each other.
        OSError: the disk is full.
    """
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    part.mkdir(parents=True)
    try:
        with _opened(packed) as members:
            places = _checked(members(), packed, part)
            _write(members(), places, packed)
        shutil.rmtree(folder, ignore_errors=True)
        part.replace(folder)
    except _BROKEN as error:
        raise ValueError(
            f"{packed} is damaged or packed in an unknown way ({error}). Nothing was "
            "unpacked. Delete it, and it is downloaded again."
        ) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def link_beside(folder: Path) -> None:
    """Links to the parts of `folder` beside it, where Keras 2 unpacked them."""
    for inner in folder.iterdir():
        place = folder.parent / inner.name
        if place != folder and not place.exists():
            with contextlib.suppress(OSError):  # not all systems have links
                place.symlink_to(inner.relative_to(folder.parent))


@contextlib.contextmanager
def _opened(packed) -> Iterator[Callable[[], Iterator[Member]]]:
    """A function that goes through the members of an archive from the beginning."""
    if zipfile.is_zipfile(packed):
        with zipfile.ZipFile(packed) as archive:
            yield lambda: _of_zip(archive)
    elif tarfile.is_tarfile(packed):
        with tarfile.open(packed) as archive:
            yield lambda: _of_tar(archive)
    else:
        raise ValueError(f"{packed} is neither a zip nor a tar file.")


def _of_zip(archive: zipfile.ZipFile) -> Iterator[Member]:
    for info in archive.infolist():
        kind = stat.S_IFMT(info.external_attr >> 16)
        plain = kind in (0, stat.S_IFREG, stat.S_IFDIR)
        name, size = info.filename, info.file_size
        yield Member(name, size, info.is_dir(), plain, _opener(archive.open, info))


def _of_tar(archive: tarfile.TarFile) -> Iterator[Member]:
    for info in archive:
        plain = info.isreg() or info.isdir()
        opener = _opener(archive.extractfile, info)
        yield Member(info.name, info.size, info.isdir(), plain, opener)


def _opener(open_: Callable[[Any], Any], info: Any) -> Callable[[], IO[bytes]]:
    return lambda: open_(info)


def _checked(members: Iterator[Member], packed, folder) -> list[Path]:
    """The place of each member in order; raises before anything is written."""
    root = folder.resolve()
    places, files, folders, total = [], set(), {root}, 0
    for member in members:
        place = _place(member, packed, root)
        total += member.size
        _refuse_large(total, packed, folder)
        if len(places) >= MEMBER_LIMIT:
            raise ValueError(
                f"{packed} has more than {MEMBER_LIMIT:,} files; at most that many are "
                "unpacked. Nothing was unpacked."
            )
        parents = (
            place.parents[: place.parents.index(root) + 1] if place != root else ()
        )
        is_folder = member.is_folder
        folders.update(parents, [place] if is_folder else [])
        files.update([] if is_folder else [place])
        places.append(place)
    both = files & folders
    if both:
        name = display_name(min(both).relative_to(root).as_posix())
        raise ValueError(
            f"{packed} has '{name}' both as a file and as a folder. It is damaged or "
            "was made to mislead; nothing was unpacked."
        )
    return places


def _place(member: Member, packed, root: Path) -> Path:
    """Where a member goes; raises unless that is inside of `root`."""
    name = member.name
    if not member.is_plain:
        raise ValueError(
            f"{packed}: '{display_name(name)}' is a link or a device. Only plain "
            "files and folders are unpacked: a link can lead outside of the folder. "
            "Nothing was unpacked. If you trust the archive, unpack it yourself: "
            f"shutil.unpack_archive({str(packed)!r}, 'folder')."
        )
    path = PurePosixPath(name.replace(os.sep, "/"))
    parts = [part for part in path.parts if part != "."]
    unusable = any(len(os.fsencode(part)) > PART_LIMIT for part in parts)
    if "\0" in name or unusable or len(os.fsencode(name)) > PATH_LIMIT:
        raise ValueError(
            f"{packed}: '{display_name(name)}' is not a valid file name. Nothing was "
            "unpacked."
        )
    place = root.joinpath(*parts)
    inside = not path.is_absolute() and ".." not in parts
    if not (inside and place.resolve().is_relative_to(root)):
        raise ValueError(
            f"{packed}: '{display_name(name)}' would be written outside of the folder. "
            "Nothing was unpacked."
        )
    return place


def _write(members: Iterator[Member], places: list[Path], packed) -> None:
    for member, place in zip(members, places, strict=True):
        if member.is_folder:
            place.mkdir(parents=True, exist_ok=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            target = place.open("xb")
        except FileExistsError:
            raise ValueError(
                f"{packed} has '{display_name(member.name)}' twice, or in two "
                "spellings that are one file here. Nothing was unpacked."
            ) from None
        with member.open() as source, target:
            _copy(source, target, member)


def _copy(source: IO[bytes], target: IO[bytes], member: Member) -> None:
    left = member.size
    while chunk := source.read(_CHUNK):
        left -= len(chunk)
        if left < 0:
            break
        target.write(chunk)
    if left:
        raise EOFError(f"'{display_name(member.name)}' is not of the size that it says")


def _refuse_large(size, packed, folder):
    if size > SIZE_LIMIT:
        raise ValueError(f"{packed} would unpack to {size:,} bytes; it is refused.")
    free = shutil.disk_usage(folder).free if size > _CHUNK else size
    if size > free:
        raise OSError(f"{packed} unpacks to {size:,} bytes, and {free:,} are free.")
