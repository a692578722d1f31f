"""The `.keras` file: a zip of config.json, metadata.json and model.weights.h5."""

import datetime
import json
import zipfile
from pathlib import Path

from nbkeras.saving import files

MEMBERS = ("config.json", "metadata.json", "model.weights.h5")
DEPTH_LIMIT = 64
NUMBER_LIMIT = 2**53


def write(path, config, weights, extra=None):
    """Write a whole archive, atomically.

    Args:
        path: where to.
        config: the model's config, plain data.
        weights: bytes of the HDF5 file.
        extra: further members, {name: bytes}, which Keras leaves aside.
    """
    # The version is that of the file format which Keras checks for.
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
    """(config, bytes of the weights) of an archive; nothing is built or run.

    Raises:
        FileNotFoundError: no such file.
        ValueError: not an archive, damaged, or too large.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(
            f"{path} does not exist. Give the path that model.save(...) was given; "
            f"this folder has: {_neighbours(path)}."
        )
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {i.filename: i.file_size for i in archive.infolist()}
            missing = [m for m in MEMBERS if m not in sizes and m != "metadata.json"]
            if missing:
                raise ValueError(f"{path} is no .keras file: {missing} not in it.")
            if sizes["config.json"] > files.CONFIG_LIMIT:
                raise ValueError(
                    f"{path}: its config.json has {sizes['config.json']:,} bytes; at "
                    f"most {files.CONFIG_LIMIT:,} are read. Nothing was loaded."
                )
            size = sizes["model.weights.h5"]
            files.refuse_if_too_large(path, "its weights file", size)
            config = parse(_member(archive, "config.json", sizes["config.json"]), path)
            return config, _member(archive, "model.weights.h5", size)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise ValueError(
            f"{path} is damaged or incomplete ({path.stat().st_size:,} bytes): it is "
            f"no readable .keras file ({error}). Save or download it again."
        ) from None


def member(path, name):
    """The bytes of a small further member.

    Raises:
        ValueError: there is none, or it is larger than a config may be.
    """
    with zipfile.ZipFile(path) as archive:
        if name not in archive.namelist():
            raise ValueError(f"{path} has no {name}: it is no backup.")
        size = archive.getinfo(name).file_size
        if size > files.CONFIG_LIMIT:
            raise ValueError(f"{path}: {name} is too large.")
        return _member(archive, name, size)


def parse(data, path="the text"):
    """Plain data from JSON: bounded depth, finite numbers, an object at the top."""
    try:
        config = json.loads(data, parse_constant=_no_constant, parse_int=_whole)
    except RecursionError:
        config, problem = None, "it is nested too deeply"
    except ValueError as error:
        config, problem = None, str(error)
    else:
        problem = "" if isinstance(config, dict) else "it is no object"
        if not problem and _depth(config) > DEPTH_LIMIT:
            problem = f"it is nested more than {DEPTH_LIMIT} deep"
    if problem:
        raise ValueError(f"{path}: the config cannot be read: {problem}.")
    return config


def _member(archive, name, size):
    with archive.open(name) as file:
        data = file.read(size + 1)
    if len(data) > size:
        raise zipfile.BadZipFile(f"{name} is larger than it says")
    return data


def _no_constant(name):
    raise ValueError(f"{name} is no finite number")


def _whole(text):
    if len(text) > 17 or abs(int(text)) > NUMBER_LIMIT:
        raise ValueError("a number is too large")
    return int(text)


def _depth(value):
    depth, level = 0, [value]
    while level:
        depth += 1
        inner = []
        for each in level:
            if isinstance(each, dict):
                inner.extend(each.values())
            elif isinstance(each, list):
                inner.extend(each)
        level = inner
    return depth


def _neighbours(path):
    folder = path.parent if path.parent.is_dir() else Path()
    names = sorted(p.name for p in folder.glob("*") if p.suffix in (".keras", ".h5"))
    return ", ".join(names[:5]) or "no .keras or .h5 file"
