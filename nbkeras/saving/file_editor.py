"""KerasFileEditor: inspect, change and save a weights file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core import check, output
from nbkeras.core.names.display_name import display_name, quoted
from nbkeras.saving import archive, files, limits, weight_layout
from nbkeras.saving.file_formats import kind
from nbkeras.saving.hdf5_reader import FileProblem, Reader, opened

# {name of an object or a weight: what is in the object, or the weight's array}
Weights = dict[str, Any]
_EXAMPLE = '{"0": kernel, "1": bias}'


class KerasFileEditor:
    """Inspect and change the weights of a `.keras` or `.weights.h5` file.

    The file itself is only read, by the same rules as in `load_weights`: nothing in it
    is run, and what is no plain data is refused.

    Args:
        filepath: the file.

    Attributes:
        weights_dict: {"layers": {"dense": {"0": array, ...}, ...}}.
        config: the config of a `.keras` file, else None.
        layer_names: {path of an object: name of the layer}.

    Raises:
        ValueError: another kind of file, a damaged one, or one that is no plain data.
        FileNotFoundError: no such file.
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
            self.config, data = archive.read(path)
        else:
            data = path.read_bytes()
        self.weights_dict, self.layer_names = weights_of(data, path)

    def summary(self) -> None:
        """Print all objects and weights with their shapes and dtypes."""
        lines = [
            f"Weights of {self.filepath}",
            *_lines(self.weights_dict, self.layer_names),
        ]
        output.write("\n".join(lines) + "\n")

    def compare(self, reference_model: Any) -> dict[str, Any]:
        """Print where the weights differ from those of a model.

        Args:
            reference_model: a model with weights.

        Returns:
            {"status": "success" or "error", "error_count": objects and weights that
            only one of the two has, or whose shapes differ, "match_count": weights}.
        """
        wanted = _spec(reference_model)
        missing = list(_missing(wanted, self.weights_dict))
        surplus = list(_missing(self.weights_dict, wanted))
        pairs = list(_pairs(self.weights_dict, wanted))
        wrong = [
            f"{display_name(place)} is {mine.shape} in the file and {theirs.shape} in "
            "the model"
            for place, mine, theirs in pairs
            if mine.shape != theirs.shape
        ]
        problems = [
            *(
                f"{display_name(place)} is in the model and not in the file"
                for place in missing
            ),
            *(
                f"{display_name(place)} is in the file and not in the model"
                for place in surplus
            ),
            *wrong,
        ]
        matches = len(pairs) - len(wrong)
        said = [f"- {problem}" for problem in problems]
        fits = "does not fit" if problems else "fits"
        said.append(
            f"The file {fits} the model {quoted(reference_model.name)}: {matches} "
            "weights match."
        )
        output.write("\n".join(said) + "\n")
        return {
            "status": "error" if problems else "success",
            "error_count": len(problems),
            "match_count": matches,
        }

    def rename_object(self, object_name: str, new_name: str) -> None:
        """Rename an object.

        Args:
            object_name: its name, if only one has it, or its path: "layers/dense_2".
            new_name: the last part of its new path.

        Raises:
            ValueError: no such object, several, or a new name that is a path or taken.
        """
        if "/" in new_name:
            raise ValueError(
                f"rename_object(new_name={new_name!r}): renaming does not move an "
                f"object. Write new_name={new_name.rpartition('/')[2]!r}."
            )
        holder, name = self._find(object_name)
        if new_name in holder and new_name != name:
            raise ValueError(
                f"rename_object(new_name={new_name!r}): an object of that name already "
                "exists. Write delete_object first, or choose another."
            )
        holder[new_name] = holder.pop(name)

    def delete_object(self, object_name: str) -> None:
        """Delete an object and everything in it.

        Raises:
            ValueError: no such object, or several.
        """
        holder, name = self._find(object_name)
        del holder[name]

    def add_object(self, object_path: str, weights: dict[str, ArrayLike]) -> None:
        """Add an object.

        Args:
            object_path: its path: "layers/dense_2"; what it is in must exist.
            weights: {"0": array, "1": array}.

        Raises:
            ValueError: `weights` is no dict of arrays, or the path leads nowhere.
        """
        arrays = _arrays("add_object", weights)
        *parents, name = object_path.split("/")
        holder = self.weights_dict
        for depth, parent in enumerate(parents):
            inner = holder.get(parent)
            if not isinstance(inner, dict):
                place = "/".join(parents[: depth + 1])
                raise ValueError(
                    f"add_object({object_path!r}): there is no object {place!r}."
                    f"{check.did_you_mean(parent, list(holder))}"
                )
            holder = inner
        holder[name] = arrays

    def delete_weight(self, object_name: str, weight_name: str) -> None:
        """Delete one weight of an object.

        Raises:
            ValueError: no such object or weight, or several objects.
        """
        weights = self._object(object_name)
        if weight_name not in weights:
            raise ValueError(
                f"delete_weight({object_name!r}, {weight_name!r}): the object has "
                f"{', '.join(map(repr, weights)) or 'no weights'}."
            )
        del weights[weight_name]

    def add_weights(self, object_name: str, weights: dict[str, ArrayLike]) -> None:
        """Add weights to an object, or replace some.

        Args:
            object_name: its name, if only one has it, or its path.
            weights: {"1": array}.

        Raises:
            ValueError: `weights` is no dict of arrays; no such object, or several.
        """
        self._object(object_name).update(_arrays("add_weights", weights))

    def save(self, filepath: str | Path) -> None:
        """Save the weights to a file, atomically.

        Args:
            filepath: a name that ends in ".weights.h5".

        Raises:
            ValueError: another ending.
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
        """As `save`."""
        self.save(filepath)

    def _object(self, name: str) -> Weights:
        holder, last = self._find(name)
        if not isinstance(holder[last], dict):
            raise ValueError(
                f"{name!r} is a weight, not an object. Give the path of the object, "
                f"for example {name.rpartition('/')[0] or 'layers/dense'!r}."
            )
        return holder[last]

    def _find(self, name: str) -> tuple[Weights, str]:
        """(the dict that holds an object, its name there)."""
        every = {"/".join(path): holder for path, holder in _walk(self.weights_dict)}
        if "/" in name:
            paths = [name] if name in every else []
        else:
            paths = [place for place in every if place.rpartition("/")[2] == name]
        if len(paths) > 1:
            raise ValueError(
                f"There are {len(paths)} objects called {name!r}: {', '.join(paths)}. "
                "Give one of these paths."
            )
        if not paths:
            raise ValueError(
                f"There is no object {name!r}.{check.did_you_mean(name, list(every))} "
                "editor.summary() shows all."
            )
        return every[paths[0]], paths[0].rpartition("/")[2]


def weights_of(data: bytes, path: Path) -> tuple[Weights, dict[str, str]]:
    """(weights by object, {path of an object: name of the layer}) of a weights file.

    Args:
        data: its bytes.
        path: named in messages.
    """
    with opened(data, path) as reader:
        return _Tree(reader, path).read()


class _Tree:
    """Read a whole file, each part once.

    Args:
        reader: what may be read of the file.
        path: named in messages.
    """

    def __init__(self, reader: Reader, path: Path) -> None:
        self._reader, self._path = reader, path
        self._parts = self._bytes = 0
        self._names: dict[str, str] = {}

    def read(self) -> tuple[Weights, dict[str, str]]:
        """(weights by object, {path of an object: name of the layer})."""
        return self._group("", self._reader.node(""), frozenset()), self._names

    def _group(self, place: str, group: Any, above: frozenset[int]) -> Weights:
        import h5py

        address = h5py.h5o.get_info(group.id).addr
        if address in above or len(above) > limits.DEPTH:
            raise FileProblem(f"{self._path}: {quoted(place)} contains itself.")
        weights: Weights = {}
        for name in group:
            self._parts += 1
            if self._parts > limits.NODES:
                raise FileProblem(f"{self._path} has too many parts to be read.")
            inner = f"{place}/{name}".lstrip("/")
            if self._reader.is_array(group, name, inner):
                weights[name] = self._array(inner)
                continue
            inner_group = group[name]
            said = self._reader.text(inner_group, "name")
            if said:
                self._names[inner.removesuffix("/vars")] = said
            parts = self._group(inner, inner_group, above | {address})
            # Keras keeps the weights of an object in a group "vars" of their own.
            if name == "vars":
                weights |= parts
            elif parts:
                weights[name] = parts
        return weights

    def _array(self, place: str) -> np.ndarray:
        node = self._reader.node(place)
        dtype = "bfloat16" if node.attrs.get("dtype") == "bfloat16" else node.dtype
        self._bytes += node.nbytes
        limits.refuse_if_too_large(self._path, "all weights together", self._bytes)
        problem, array = self._reader.array(place, node.shape or (), dtype)
        if problem:
            raise FileProblem(
                f"{self._path}: {quoted(place)} is {problem}; only numbers are."
            )
        return array


def _walk(
    weights: Weights, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Weights]]:
    """(path, the dict that holds it) of every object and weight."""
    for name, value in list(weights.items()):
        yield (*path, name), weights
        if isinstance(value, dict):
            yield from _walk(value, (*path, name))


def _missing(wanted: Weights, present: Any, place: str = "") -> Iterator[str]:
    """Paths of what `wanted` has and `present` lacks; an object is one of them."""
    for name, value in wanted.items():
        here = f"{place}/{name}".lstrip("/")
        inner = present.get(name)
        if inner is None or isinstance(value, dict) != isinstance(inner, dict):
            yield here
        elif isinstance(value, dict):
            yield from _missing(value, inner, here)


def _pairs(a: Weights, b: Weights, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    """(path, from a, from b) of the weights that both have."""
    for name in a.keys() & b.keys():
        here = f"{place}/{name}".lstrip("/")
        if isinstance(a[name], dict) and isinstance(b[name], dict):
            yield from _pairs(a[name], b[name], here)
        elif not isinstance(a[name], dict) and not isinstance(b[name], dict):
            yield here, a[name], b[name]


def _spec(model: Any) -> Weights:
    """The contents of a model's file, with its weights instead of arrays."""
    spec: Weights = {}
    for place, _, weights in weight_layout.places(model):
        if not weights:
            continue
        inner = spec
        for part in filter(None, place.split("/")):
            inner = inner.setdefault(part, {})
        inner.update({str(number): weight for number, weight in enumerate(weights)})
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None and len(optimizer.variables):
        arrays = {str(n): array for n, array in enumerate(optimizer.variables)}
        spec["optimizer"] = arrays
    return spec


def _lines(weights: Weights, names: dict[str, str], place: str = "") -> Iterator[str]:
    """One line per object or weight, indented by depth."""
    for name, value in weights.items():
        here = f"{place}/{name}".lstrip("/")
        indent = "    " * (here.count("/") + 1)
        if isinstance(value, dict):
            said = f" ({quoted(names[here])})" if here in names else ""
            yield f"{indent}{display_name(name)}{said}"
            yield from _lines(value, names, here)
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
