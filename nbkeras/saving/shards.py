"""Sharded weights: several files, and a `.weights.json` index of their weights.

The format is that of Keras: `{"metadata": {"total_size": bytes}, "weight_map":
{"/layers/dense/vars": "name_00000.weights.h5" or a list of names}}`, next to the files.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from nbkeras.core import check
from nbkeras.core.names.display_name import display_path
from nbkeras.saving import files, limits, weight_layout
from nbkeras.saving.file_editor import KerasFileEditor, weights_of
from nbkeras.saving.hdf5_reader import FileProblem
from nbkeras.saving.safe_json import parse

ENDING = ".weights.json"
_GIGABYTE = 1024**3


def write(path: Path, data: bytes, max_shard_size: float) -> None:
    """Write weights in shards.

    Args:
        path: path of the `.weights.json` file; the shards are written next to it.
        data: the whole weights file as bytes, from `weight_layout.to_bytes`.
        max_shard_size: maximum size of the weights in a shard, in GB.

    Raises:
        ValueError: the name has another ending, the size is not positive, or one weight
            exceeds it.
    """
    if not path.name.endswith(ENDING):
        raise ValueError(
            f"save_weights({str(path)!r}, max_shard_size={max_shard_size!r}): the name "
            f"must end in {ENDING}. Write for example "
            f"save_weights({path.name.split('.')[0] + ENDING!r}, max_shard_size=1)."
        )
    size = check.number("save_weights", "max_shard_size", max_shard_size, 0, example=1)
    weights, names = weights_of(data, path)
    shards: list[dict[str, Any]] = []
    file_names: list[str] = []
    files_of_groups: dict[str, list[str]] = {}
    total = shard_bytes = 0
    for group, name, array in _arrays(weights):
        if array.nbytes > size * _GIGABYTE:
            raise ValueError(
                f"save_weights(max_shard_size={max_shard_size!r}): the weight "
                f"{name!r} of {group!r} has {array.nbytes:,} bytes. Write at least "
                f"max_shard_size={array.nbytes / _GIGABYTE:.3g}."
            )
        if not shards or shard_bytes + array.nbytes > size * _GIGABYTE:
            file_names.append(
                f"{path.name[: -len(ENDING)]}_{len(shards):05}.weights.h5"
            )
            shards.append({})
            shard_bytes = 0
        shard_bytes, total = shard_bytes + array.nbytes, total + array.nbytes
        _inner(shards[-1], group)[name] = array
        names_of_group = files_of_groups.setdefault(group, [])
        if file_names[-1] not in names_of_group:
            names_of_group.append(file_names[-1])
    for file_name, shard in zip(file_names, shards, strict=True):
        with files.written(path.with_name(file_name)) as file:
            file.write(weight_layout.groups_to_bytes(shard, names))
    weight_map = {
        f"/{group}/vars" if group else "/vars": names_of_group[0]
        if not names_of_group[1:]
        else names_of_group
        for group, names_of_group in files_of_groups.items()
    }
    text = {"metadata": {"total_size": total}, "weight_map": weight_map}
    with files.written(path) as file:
        file.write(json.dumps(text, indent=4).encode())


def read(path: Path) -> bytes:
    """Read all shards of `path`; returns one weights file as bytes.

    Raises:
        ValueError: a file is damaged, or a shard is not a file next to `path`.
    """
    limits.refuse_if_too_large(path, "the file", path.stat().st_size)
    weight_map = parse(path.read_bytes(), path).get("weight_map")
    if not isinstance(weight_map, dict):
        raise FileProblem(
            f"{display_path(path)} has no weight_map. Save the weights again."
        )
    weights: dict[str, Any] = {}
    names: dict[str, str] = {}
    for shard in _shard_names(weight_map, path):
        editor = KerasFileEditor(path.with_name(shard))
        _merge(weights, editor.weights_dict)
        names |= editor.layer_names
    return weight_layout.groups_to_bytes(weights, names)


def _shard_names(weight_map, path):
    """The names of all shards, each once."""
    names = {}
    for entry in weight_map.values():
        for name in entry if isinstance(entry, list) else [entry]:
            is_file_name = isinstance(name, str) and Path(name).name == name
            if not is_file_name or not name.endswith(".weights.h5"):
                raise FileProblem(
                    f"{display_path(path)} names the shard {name!r}, which is not a "
                    ".weights.h5 file next to it. Nothing was loaded."
                )
            names[name] = None
    return names


def _arrays(weights, path="") -> Iterator[tuple[str, str, np.ndarray]]:
    """(path of the object, name, array) of all weights, in order."""
    for name, value in weights.items():
        if isinstance(value, dict):
            yield from _arrays(value, f"{path}/{name}" if path else name)
        else:
            yield path, name, np.asarray(value)


def _inner(tree, path):
    for name in path.split("/") if path else ():
        tree = tree.setdefault(name, {})
    return tree


def _merge(tree, other):
    for name, value in other.items():
        if isinstance(value, dict):
            _merge(tree.setdefault(name, {}), value)
        else:
            tree[name] = value
