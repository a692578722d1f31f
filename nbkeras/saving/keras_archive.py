"""The `.keras` file: a zip of config.json, metadata.json and model.weights.h5.

The same members may lie in a folder instead, as `model.save(..., zipped=False)` writes.
"""

import contextlib
import datetime
import json
import tempfile
import zipfile
import zlib
from pathlib import Path

from nbkeras.core.names.display_name import display_name, display_path
from nbkeras.saving import files, limits
from nbkeras.saving.safe_json import parse

MEMBERS = ("config.json", "model.weights.h5")
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGE_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
)


def write(path, config, weights, extra=None, zipped=True):
    """Write a whole archive, atomically.

    Args:
        path: where to.
        config: the model's config, plain data.
        weights: bytes of the HDF5 file.
        extra: further members, {name: bytes}, which Keras leaves aside.
        zipped: False writes a folder with the members as files.

    Raises:
        FileExistsError: a file, or a folder with anything else, is in the place of the
            folder.
    """
    # The version is that of the file format which Keras checks for.
    metadata = {
        "keras_version": "3.15.1",
        "date_saved": datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S"),
        "saved_by": "nbkeras",
    }
    members = {
        "metadata.json": json.dumps(metadata),
        "config.json": json.dumps(config),
        "model.weights.h5": weights,
        **(extra or {}),
    }
    if not zipped:
        _write_folder(Path(path), members)
        return
    with (
        files.written(path) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive,
    ):
        for name, data in members.items():
            archive.writestr(name, data)


def _write_folder(path, members):
    """Write the members into a new folder that then takes the place of `path`."""
    if path.exists() and not is_folder(path):
        raise FileExistsError(
            f"{display_path(path)} already exists and is no folder that model.save "
            "wrote. Choose another name."
        )
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".part") as temporary:
        new = Path(temporary, "new")
        for name, data in members.items():
            target = new / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data.encode() if isinstance(data, str) else data)
        if path.exists():
            path.rename(Path(temporary, "old"))
        new.rename(path)


def is_folder(path):
    """Whether `path` is a folder with the members of an archive."""
    return all((path / name).is_file() for name in MEMBERS)


class _Folder:
    """A folder of members, with the methods of `zipfile.ZipFile` that are used here."""

    def __init__(self, path):
        self._path = path

    def infolist(self):
        """The members, as if they were stored in an archive without compression."""
        infos = []
        for file in sorted(self._path.rglob("*")):
            if file.is_file():
                info = zipfile.ZipInfo(file.relative_to(self._path).as_posix())
                info.file_size = info.compress_size = file.stat().st_size
                infos.append(info)
        return infos

    def namelist(self):
        """The names of the members."""
        return [info.filename for info in self.infolist()]

    def open(self, info):
        """A member as an open binary file."""
        return (self._path / info.filename).open("rb")


@contextlib.contextmanager
def _opened(path):
    """A context with the archive at `path`, be it a file or a folder.

    Raises:
        ValueError: it is damaged, noticed on opening or on reading any of its members.
    """
    path = Path(path)
    try:
        folder = contextlib.nullcontext(_Folder(path)) if path.is_dir() else None
        with folder or zipfile.ZipFile(path) as archive:
            yield archive
    except _DAMAGE_ERRORS as error:
        raise ValueError(
            f"{display_path(path)} is damaged or incomplete ({path.stat().st_size:,} "
            f"bytes): it is not a readable .keras file ({error}). Save or download it "
            "again."
        ) from None


def read(path):
    """Read an archive without building or running anything.

    Returns:
        (config, bytes of the weights file).

    Raises:
        ValueError: the file is not an archive, is damaged, or is too large.
    """
    with _opened(path) as archive:
        members = _members(archive)
        missing = [name for name in MEMBERS if name not in members]
        if missing:
            kind = "folder" if Path(path).is_dir() else "zip archive"
            raise ValueError(
                f"{display_path(path)} is not a .keras file: it is a {kind} without "
                f"{' and '.join(missing)}. Save or download it again."
            )
        config, weights = (members[name] for name in MEMBERS)
        if config.file_size > limits.CONFIG_BYTES:
            raise ValueError(
                f"{display_path(path)}: its config.json has {config.file_size:,} "
                f"bytes; at most {limits.CONFIG_BYTES:,} are read. Nothing was "
                "loaded."
            )
        limits.refuse_if_packed(
            path, "its weights file", weights.file_size, weights.compress_size
        )
        limits.refuse_if_too_large(path, "its weights file", weights.file_size)
        parsed = parse(_data(archive, config), path)
        metadata = members.get("metadata.json")
        if metadata is not None and metadata.file_size <= limits.TEXT:
            metadata = parse(_data(archive, metadata), path)
            parsed["keras_version"] = metadata.get("keras_version")
        return parsed, _data(archive, weights)


def has(path, name):
    """Whether an archive has a member called `name`."""
    with _opened(path) as archive:
        return name in archive.namelist()


def member(path, name):
    """The bytes of the small member `name`.

    Raises:
        ValueError: it is missing, or larger than a config may be.
    """
    with _opened(path) as archive:
        info = _members(archive).get(name)
        if info is None:
            raise ValueError(f"{display_path(path)} has no {name}: it is not a backup.")
        if info.file_size > limits.CONFIG_BYTES:
            raise ValueError(f"{display_path(path)}: {name} is too large.")
        return _data(archive, info)


def _members(archive):
    """{name: info}; duplicate names are rejected, since zip readers differ on them."""
    members = {}
    for info in archive.infolist():
        if info.filename in members:
            raise zipfile.BadZipFile(f"{info.filename[:64]!r} is in the archive twice")
        members[info.filename] = info
    return members


def _data(archive, info):
    if info.compress_type not in _COMPRESSIONS:
        raise zipfile.BadZipFile(
            f"{display_name(info.filename)} uses an unknown compression"
        )
    with archive.open(info) as file:
        data = file.read(info.file_size + 1)
    if len(data) != info.file_size:
        raise zipfile.BadZipFile(
            f"{display_name(info.filename)} does not have its declared size"
        )
    return data


__all__ = ["member", "parse", "read", "write"]
