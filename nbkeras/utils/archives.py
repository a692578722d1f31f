"""Unpack zip and tar files so that nothing leaves the folder, and all or nothing."""

import contextlib
import secrets
import shutil
import tarfile
import zipfile
import zlib
from pathlib import Path

SIZE_LIMIT = 4 * 2**30


def unpack(packed: Path, folder: Path) -> None:
    """Unpack `packed` to `folder`, which appears only when it is complete.

    Raises:
        ValueError: neither a zip nor a tar file, damaged, too large, or with names or
            links that lead out of the folder.
        OSError: the disk is full.
    """
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    part.mkdir(parents=True)
    try:
        if zipfile.is_zipfile(packed):
            _unzip(packed, part)
        elif tarfile.is_tarfile(packed):
            _untar(packed, part)
        else:
            raise ValueError(f"{packed} is neither a zip nor a tar file.")
        shutil.rmtree(folder, ignore_errors=True)
        part.replace(folder)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError) as error:
        raise ValueError(
            f"{packed} is damaged, or leads out of its folder ({error}). Nothing was "
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


def _untar(packed, folder):
    with tarfile.open(packed) as archive:
        _refuse_large(sum(m.size for m in archive.getmembers()), packed, folder)
        archive.extractall(folder, filter="data")


def _unzip(packed, folder):
    with zipfile.ZipFile(packed) as archive:
        _refuse_large(sum(i.file_size for i in archive.infolist()), packed, folder)
        for info in archive.infolist():
            target = (folder / info.filename).resolve()
            if not target.is_relative_to(folder.resolve()):
                raise ValueError(
                    f"{packed}: {info.filename!r} would be written outside of the "
                    "folder. Nothing was unpacked."
                )
        archive.extractall(folder)


def _refuse_large(size, packed, folder):
    if size > SIZE_LIMIT:
        raise ValueError(f"{packed} would unpack to {size:,} bytes; it is refused.")
    free = shutil.disk_usage(folder).free
    if size > free:
        raise OSError(f"{packed} unpacks to {size:,} bytes, and {free:,} are free.")
