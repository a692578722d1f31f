"""The `.keras` file: a zip of config.json, metadata.json and model.weights.h5."""

import datetime
import json
import zipfile
import zlib
from pathlib import Path

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


def write(path, config, weights, extra=None):
    """Write an archive atomically.

    Args:
        path: path of the file.
        config: the model's config, data for JSON.
        weights: the weights file as bytes.
        extra: {name: bytes} of further members, which Keras ignores.
    """
    # The version of Keras whose file format this is; Keras checks it.
    metadata = {
        "keras_version": "3.15.1",
        "date_saved": datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S"),
        "saved_by": "nbkeras",
    }
    with (
        files.written(path) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive,
    ):
        archive.writestr("metadata.json", json.dumps(metadata))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", weights)
        for name, data in (extra or {}).items():
            archive.writestr(name, data)


def read(path):
    """Read an archive without building or running anything.

    Returns:
        (config, bytes of the weights file).

    Raises:
        ValueError: the file is not an archive, is damaged, or is too large.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive)
            missing = [name for name in MEMBERS if name not in members]
            if missing:
                raise ValueError(
                    f"{path} is not a .keras file: it is a zip archive without "
                    f"{' and '.join(missing)}."
                )
            config, weights = (members[name] for name in MEMBERS)
            if config.file_size > limits.CONFIG_BYTES:
                raise ValueError(
                    f"{path}: its config.json has {config.file_size:,} bytes; at most "
                    f"{limits.CONFIG_BYTES:,} are read. Nothing was loaded."
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
    except _DAMAGE_ERRORS as error:
        raise ValueError(
            f"{path} is damaged or incomplete ({path.stat().st_size:,} bytes): it is "
            f"not a readable .keras file ({error}). Save or download it again."
        ) from None


def has(path, name):
    """Whether an archive has a member called `name`."""
    with zipfile.ZipFile(path) as archive:
        return name in archive.namelist()


def member(path, name):
    """The bytes of the small member `name`.

    Raises:
        ValueError: it is missing, or larger than a config may be.
    """
    with zipfile.ZipFile(path) as archive:
        info = _members(archive).get(name)
        if info is None:
            raise ValueError(f"{path} has no {name}: it is not a backup.")
        if info.file_size > limits.CONFIG_BYTES:
            raise ValueError(f"{path}: {name} is too large.")
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
        raise zipfile.BadZipFile(f"{info.filename} uses an unknown compression")
    with archive.open(info) as file:
        data = file.read(info.file_size + 1)
    if len(data) != info.file_size:
        raise zipfile.BadZipFile(f"{info.filename} does not have its declared size")
    return data


__all__ = ["member", "parse", "read", "write"]
