"""Weights in several files: a `.weights.json` that says which file has which weights.

The form is Keras's: `{"metadata": {"total_size": bytes}, "weight_map": {"/layers/dense/
vars": "name_00000.weights.h5", or a list of such names}}`, the files beside it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from nbkeras.core import check
from nbkeras.saving import files, limits, weight_layout
from nbkeras.saving.file_editor import KerasFileEditor, weights_of
from nbkeras.saving.hdf5_reader import FileProblem
from nbkeras.saving.safe_json import parse

ENDING = ".weights.json"
_GIGABYTE = 1024**3


def write(path: Path, data: bytes, max_shard_size: float) -> None:
    """Write a weights file in parts.

    Args:
        path: of the `.weights.json` file; the parts lie beside it.
        data: the bytes of the whole file, as `weight_layout.to_bytes` gives them.
        max_shard_size: greatest size of the weights in a part, in GB.

    Raises:
        ValueError: another ending, a size that is not positive, or a weight that is
            larger.
    """
    if not path.name.endswith(ENDING):
        raise ValueError(
            f"save_weights({str(path)!r}, max_shard_size={max_shard_size!r}): the name "
            f"must end in {ENDING}. Write for example "
            f"save_weights({path.name.split('.')[0] + ENDING!r}, max_shard_size=1)."
        )
    size = check.number("save_weights", "max_shard_size", max_shard_size, 0, example=1)
    weights, names = weights_of(data, path)
    parts: list[dict[str, Any]] = []
    file_names: list[str] = []
    places: dict[str, list[str]] = {}
    total = filled = 0
    for group, name, array in _arrays(weights):
        if array.nbytes > size * _GIGABYTE:
            raise ValueError(
                f"save_weights(max_shard_size={max_shard_size!r}): the weight "
                f"{name!r} of {group!r} has {array.nbytes:,} bytes. Write at least "
                f"max_shard_size={array.nbytes / _GIGABYTE:.3g}."
            )
        if not parts or filled + array.nbytes > size * _GIGABYTE:
            file_names.append(f"{path.name[: -len(ENDING)]}_{len(parts):05}.weights.h5")
            parts.append({})
            filled = 0
        filled, total = filled + array.nbytes, total + array.nbytes
        _inner(parts[-1], group)[name] = array
        of_group = places.setdefault(group, [])
        if file_names[-1] not in of_group:
            of_group.append(file_names[-1])
    for file_name, part in zip(file_names, parts, strict=True):
        with files.written(path.with_name(file_name)) as file:
            file.write(weight_layout.groups_to_bytes(part, names))
    weight_map = {
        f"/{group}/vars" if group else "/vars": of_group[0]
        if not of_group[1:]
        else of_group
        for group, of_group in places.items()
    }
    text = {"metadata": {"total_size": total}, "weight_map": weight_map}
    with files.written(path) as file:
        file.write(json.dumps(text, indent=4).encode())


def read(path: Path) -> bytes:
    """The bytes of the whole weights file whose parts `path` names.

    Raises:
        ValueError: damaged, or a part is missing or no name of a file beside it.
    """
    limits.refuse_if_too_large(path, "the file", path.stat().st_size)
    weight_map = parse(path.read_bytes(), path).get("weight_map")
    if not isinstance(weight_map, dict):
        raise FileProblem(f"{path} has no weight_map. Save the weights again.")
    weights: dict[str, Any] = {}
    names: dict[str, str] = {}
    for part in _part_names(weight_map, path):
        editor = KerasFileEditor(path.with_name(part))
        _merge(weights, editor.weights_dict)
        names |= editor.layer_names
    return weight_layout.groups_to_bytes(weights, names)


def _part_names(weight_map, path):
    """The names of all parts, each once."""
    names = {}
    for entry in weight_map.values():
        for name in entry if isinstance(entry, list) else [entry]:
            plain = isinstance(name, str) and Path(name).name == name
            if not plain or not name.endswith(".weights.h5"):
                raise FileProblem(
                    f"{path} names the part {name!r}, which is no .weights.h5 file "
                    "beside it. Nothing was loaded."
                )
            names[name] = None
    return names


def _arrays(weights, place="") -> Iterator[tuple[str, str, np.ndarray]]:
    """(path of its object, its name, array) of all weights, in their order."""
    for name, value in weights.items():
        if isinstance(value, dict):
            yield from _arrays(value, f"{place}/{name}" if place else name)
        else:
            yield place, name, np.asarray(value)


def _inner(tree, place):
    for name in place.split("/") if place else ():
        tree = tree.setdefault(name, {})
    return tree


def _merge(tree, other):
    for name, value in other.items():
        if isinstance(value, dict):
            _merge(tree.setdefault(name, {}), value)
        else:
            tree[name] = value
