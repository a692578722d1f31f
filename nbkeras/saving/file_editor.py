"""KerasFileEditor: inspect, edit and save a weights file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core import check, output
from nbkeras.core.names.display_name import display_name, display_path, quoted
from nbkeras.saving import files, keras_archive, limits, weight_layout
from nbkeras.saving.file_formats import kind
from nbkeras.saving.hdf5_reader import FileProblem, Reader, opened

# {name: the contents of an object, or the array of a weight}
Weights = dict[str, Any]
_EXAMPLE = '{"0": kernel, "1": bias}'


class KerasFileEditor:
    """Inspect and edit the weights of a `.keras` or `.weights.h5` file.

    The file is read as by `load_weights`: nothing in it is run, and anything but plain
    data is rejected. It does not change until `save`.

    Args:
        filepath: path of the file.

    Attributes:
        weights_dict: {"layers": {"dense": {"0": array, ...}, ...}}.
        config: the config of a `.keras` file, otherwise None.
        layer_names: {path of an object: name of the layer}.

    Raises:
        ValueError: the file has another format, is damaged, or is not plain data.
        FileNotFoundError: the file does not exist.
    """

    def __init__(self, filepath: str | Path) -> None:
        path = Path(filepath)
        if not path.name.endswith((".keras", ".weights.h5")):
            raise ValueError(
                f"KerasFileEditor({str(path)!r}): give a file whose name ends in "
                ".keras or .weights.h5, as model.save and model.save_weights write it."
            )
        limits.refuse_if_too_large(path, "the file", path.stat().st_size)
        self.filepath = path
        self.config: dict[str, Any] | None = None
        if kind(path) == "archive":
            self.config, data = keras_archive.read(path)
        else:
            data = path.read_bytes()
        self.weights_dict, self.layer_names = weights_of(data, path)

    def summary(self) -> None:
        """Print all objects and weights with their shapes and dtypes."""
        lines = [
            f"Weights of {display_path(self.filepath)}",
            *_lines(self.weights_dict, self.layer_names),
        ]
        output.write("\n".join(lines) + "\n")

    def compare(self, reference_model: Any) -> dict[str, Any]:
        """Print how the weights differ from those of a model.

        Args:
            reference_model: a model with weights.

        Returns:
            {"status": "success" or "error", "error_count": number of objects and
            weights that only one of the two has or whose shapes differ, "match_count":
            number of equal weights by path and shape}.
        """
        expected = _spec(reference_model)
        missing = list(_missing(expected, self.weights_dict))
        extra = list(_missing(self.weights_dict, expected))
        pairs = list(_pairs(self.weights_dict, expected))
        mismatches = [
            f"{display_name(path)} is {array.shape} in the file and {weight.shape} in "
            "the model"
            for path, array, weight in pairs
            if array.shape != weight.shape
        ]
        problems = [
            *(
                f"{display_name(path)} is in the model and not in the file"
                for path in missing
            ),
            *(
                f"{display_name(path)} is in the file and not in the model"
                for path in extra
            ),
            *mismatches,
        ]
        matches = len(pairs) - len(mismatches)
        lines = [f"- {problem}" for problem in problems]
        verb = "does not match" if problems else "matches"
        lines.append(
            f"The file {verb} the model {quoted(reference_model.name)}: {matches} "
            "weights match."
        )
        output.write("\n".join(lines) + "\n")
        return {
            "status": "error" if problems else "success",
            "error_count": len(problems),
            "match_count": matches,
        }

    def rename_object(self, object_name: str, new_name: str) -> None:
        """Rename an object.

        Args:
            object_name: its name, if it is unique, or its path: "layers/dense_2".
            new_name: the last part of its new path.

        Raises:
            ValueError: the object is missing or ambiguous, or `new_name` is a path or
                taken.
        """
        if "/" in new_name:
            raise ValueError(
                f"rename_object(new_name={new_name!r}): renaming does not move an "
                f"object. Write new_name={new_name.rpartition('/')[2]!r}."
            )
        parent_dict, name = self._find(object_name)
        if new_name in parent_dict and new_name != name:
            raise ValueError(
                f"rename_object(new_name={new_name!r}): an object of that name already "
                "exists. Write delete_object first, or choose another."
            )
        parent_dict[new_name] = parent_dict.pop(name)

    def delete_object(self, object_name: str) -> None:
        """Delete an object and everything in it.

        Raises:
            ValueError: the object is missing or ambiguous.
        """
        parent_dict, name = self._find(object_name)
        del parent_dict[name]

    def add_object(self, object_path: str, weights: dict[str, ArrayLike]) -> None:
        """Add an object.

        Args:
            object_path: its path: "layers/dense_2"; the parent must exist.
            weights: {"0": array, "1": array}.

        Raises:
            ValueError: `weights` is not a dict of arrays, or the parent is missing.
        """
        arrays = _arrays("add_object", weights)
        *parents, name = object_path.split("/")
        parent_dict = self.weights_dict
        for depth, parent in enumerate(parents):
            inner = parent_dict.get(parent)
            if not isinstance(inner, dict):
                path = "/".join(parents[: depth + 1])
                raise ValueError(
                    f"add_object({object_path!r}): there is no object {path!r}."
                    f"{check.did_you_mean(parent, list(parent_dict))}"
                )
            parent_dict = inner
        parent_dict[name] = arrays

    def delete_weight(self, object_name: str, weight_name: str) -> None:
        """Delete one weight of an object.

        Raises:
            ValueError: the object or the weight is missing, or the object is ambiguous.
        """
        weights = self._object(object_name)
        if weight_name not in weights:
            raise ValueError(
                f"delete_weight({object_name!r}, {weight_name!r}): the object has "
                f"{', '.join(map(repr, weights)) or 'no weights'}."
            )
        del weights[weight_name]

    def add_weights(self, object_name: str, weights: dict[str, ArrayLike]) -> None:
        """Add weights to an object, or replace them.

        Args:
            object_name: its name, if it is unique, or its path.
            weights: {"1": array}.

        Raises:
            ValueError: `weights` is not a dict of arrays, or the object is missing or
                ambiguous.
        """
        self._object(object_name).update(_arrays("add_weights", weights))

    def save(self, filepath: str | Path) -> None:
        """Save the weights to a file, atomically.

        Args:
            filepath: a name that ends in ".weights.h5".

        Raises:
            ValueError: the name has another ending.
        """
        path = Path(filepath)
        if not path.name.endswith(".weights.h5"):
            raise ValueError(
                f"save({str(path)!r}): the name must end in .weights.h5. Write for "
                f"example save({path.name.split('.')[0] + '.weights.h5'!r})."
            )
        data = weight_layout.groups_to_bytes(self.weights_dict, self.layer_names)
        with files.written(path) as file:
            file.write(data)

    def resave_weights(self, filepath: str | Path) -> None:
        """Save the weights, as `save`."""
        self.save(filepath)

    def _object(self, name: str) -> Weights:
        parent_dict, last = self._find(name)
        if not isinstance(parent_dict[last], dict):
            raise ValueError(
                f"{name!r} is a weight, not an object. Give the path of the object, "
                f"for example {name.rpartition('/')[0] or 'layers/dense'!r}."
            )
        return parent_dict[last]

    def _find(self, name: str) -> tuple[Weights, str]:
        """(the dict that contains an object, the object's key in it)."""
        parents = {"/".join(path): parent for path, parent in _walk(self.weights_dict)}
        if "/" in name:
            paths = [name] if name in parents else []
        else:
            paths = [path for path in parents if path.rpartition("/")[2] == name]
        if len(paths) > 1:
            raise ValueError(
                f"There are {len(paths)} objects called {name!r}: {', '.join(paths)}. "
                "Give one of these paths."
            )
        if not paths:
            raise ValueError(
                f"There is no object {name!r}."
                f"{check.did_you_mean(name, list(parents))} editor.summary() lists all "
                "objects."
            )
        return parents[paths[0]], paths[0].rpartition("/")[2]


def weights_of(data: bytes, path: Path) -> tuple[Weights, dict[str, str]]:
    """(weights by object, {path of an object: name of the layer}) of a weights file.

    Args:
        data: the file as bytes.
        path: path of the file, for messages.
    """
    with opened(data, path) as reader:
        return _WeightsReader(reader, path).read()


class _WeightsReader:
    """Reads all weights of a file.

    Args:
        reader: safe access to the file.
        path: path of the file, for messages.
    """

    def __init__(self, reader: Reader, path: Path) -> None:
        self._reader, self._path = reader, path
        self._parts = self._bytes = 0
        self._names: dict[str, str] = {}

    def read(self) -> tuple[Weights, dict[str, str]]:
        """(weights by object, {path of an object: name of the layer})."""
        return self._group("", self._reader.node(""), frozenset()), self._names

    def _group(self, path: str, group: Any, ancestors: frozenset[int]) -> Weights:
        import h5py

        address = h5py.h5o.get_info(group.id).addr
        if address in ancestors or len(ancestors) > limits.DEPTH:
            raise FileProblem(
                f"{display_path(self._path)}: {quoted(path)} contains itself."
            )
        weights: Weights = {}
        for name in group:
            self._parts += 1
            if self._parts > limits.NODES:
                raise FileProblem(
                    f"{display_path(self._path)} has too many parts to be read."
                )
            inner_path = f"{path}/{name}".lstrip("/")
            if self._reader.is_array(group, name, inner_path):
                weights[name] = self._array(inner_path)
                continue
            inner_group = group[name]
            layer_name = self._reader.text(inner_group, "name")
            if layer_name:
                self._names[inner_path.removesuffix("/vars")] = layer_name
            parts = self._group(inner_path, inner_group, ancestors | {address})
            # Keras stores the weights of an object in a subgroup "vars".
            if name == "vars":
                weights |= parts
            elif parts:
                weights[name] = parts
        return weights

    def _array(self, path: str) -> np.ndarray:
        node = self._reader.node(path)
        dtype = "bfloat16" if node.attrs.get("dtype") == "bfloat16" else node.dtype
        self._bytes += node.nbytes
        limits.refuse_if_too_large(self._path, "all weights together", self._bytes)
        problem, array = self._reader.array(path, node.shape or (), dtype)
        if problem:
            raise FileProblem(
                f"{display_path(self._path)}: {quoted(path)} is {problem}; only "
                "numbers are."
            )
        return array


def _walk(
    weights: Weights, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Weights]]:
    """(path, the dict that contains it) of every object and weight."""
    for name, value in list(weights.items()):
        yield (*path, name), weights
        if isinstance(value, dict):
            yield from _walk(value, (*path, name))


def _missing(expected: Weights, present: Any, prefix: str = "") -> Iterator[str]:
    """Paths of the weights and topmost objects that `present` lacks."""
    for name, value in expected.items():
        path = f"{prefix}/{name}".lstrip("/")
        inner = present.get(name)
        if inner is None or isinstance(value, dict) != isinstance(inner, dict):
            yield path
        elif isinstance(value, dict):
            yield from _missing(value, inner, path)


def _pairs(a: Weights, b: Weights, prefix: str = "") -> Iterator[tuple[str, Any, Any]]:
    """(path, weight in a, weight in b) of the weights in both."""
    for name in a.keys() & b.keys():
        path = f"{prefix}/{name}".lstrip("/")
        if isinstance(a[name], dict) and isinstance(b[name], dict):
            yield from _pairs(a[name], b[name], path)
        elif not isinstance(a[name], dict) and not isinstance(b[name], dict):
            yield path, a[name], b[name]


def _spec(model: Any) -> Weights:
    """The tree of a model's weights file, with variables instead of arrays."""
    spec: Weights = {}
    for path, _, weights in weight_layout.places(model):
        if not weights:
            continue
        inner = spec
        for part in filter(None, path.split("/")):
            inner = inner.setdefault(part, {})
        inner.update({str(number): weight for number, weight in enumerate(weights)})
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None and len(optimizer.variables):
        arrays = {str(n): array for n, array in enumerate(optimizer.variables)}
        spec["optimizer"] = arrays
    return spec


def _lines(weights: Weights, names: dict[str, str], prefix: str = "") -> Iterator[str]:
    """One line per object or weight, indented by depth."""
    for name, value in weights.items():
        path = f"{prefix}/{name}".lstrip("/")
        indent = "    " * (path.count("/") + 1)
        if isinstance(value, dict):
            layer_name = f" ({quoted(names[path])})" if path in names else ""
            yield f"{indent}{display_name(name)}{layer_name}"
            yield from _lines(value, names, path)
        else:
            form = f"shape={value.shape}, dtype={value.dtype}"
            yield f"{indent}{display_name(name)}: {form}"


def _arrays(owner: str, weights: Any) -> Weights:
    if not isinstance(weights, dict):
        raise ValueError(
            f"{owner}(weights={type(weights).__name__}): weights must be a dict of "
            f"names and arrays. Write for example weights={_EXAMPLE}."
        )
    return {str(name): _number_array(owner, v) for name, v in weights.items()}


def _number_array(owner: str, value: Any) -> np.ndarray:
    array = np.asarray(value)
    if array.dtype.kind not in "fiub" and array.dtype.name != "bfloat16":
        raise ValueError(
            f"{owner}: a weight of dtype {array.dtype} is not an array of numbers. "
            f"Write for example weights={_EXAMPLE}."
        )
    return array


__all__ = ["KerasFileEditor"]
