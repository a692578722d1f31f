"""Text inputs: replace strings by ids, in arrays and in iterables of batches.

Ids among the outputs of a model are replaced by their strings.
"""

import inspect
from collections.abc import Iterator
from typing import Any

from nbkeras.data.adapters import is_arrays
from nbkeras.layers.engine import text_ids


def reads_text(model: Any) -> bool:
    """Whether a layer of the model reads strings."""
    return any(layer.reads_text for layer in model.walk())


def numbered(model: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call, with the strings in x replaced by ids.

    If no layer of the model reads strings they stay as they are, and later checks
    raise.
    """
    if not reads_text(model):
        return arguments
    arguments = dict(arguments)
    arguments["x"] = numbered_data(arguments["x"], arguments.get("y"))
    validation_data = arguments.get("validation_data")
    if isinstance(validation_data, tuple | list) and len(validation_data) in (2, 3):
        x, *rest = validation_data
        arguments["validation_data"] = (text_ids.numbered_tree(x), *rest)
    elif validation_data is not None:
        arguments["validation_data"] = numbered_data(validation_data)
    return arguments


def restored(model: Any, outputs: Any) -> Any:
    """The outputs of a model that reads strings, with ids replaced by strings."""
    return text_ids.restored(outputs) if reads_text(model) else outputs


def numbered_data(x: Any, y: Any = None) -> Any:
    """Arrays, or an iterable of batches, with strings replaced by ids."""
    if x is None or text_ids.is_text(x) or is_arrays(x, y):
        return text_ids.numbered_tree(x)
    if inspect.isgenerator(x) or (hasattr(x, "__next__") and iter(x) is x):
        return (_batch(batch) for batch in x)
    if hasattr(x, "__getitem__") and hasattr(x, "__len__"):
        return _Numbered(x)
    return _SizedPasses(x) if hasattr(x, "__len__") else _Passes(x)


def _batch(item):
    if isinstance(item, tuple):
        return (text_ids.numbered_tree(item[0]), *item[1:])
    return text_ids.numbered_tree(item)


class _Passes:
    """An iterable of batches that can be read again."""

    def __init__(self, source: Any) -> None:
        self._source = source

    def __iter__(self) -> Iterator[Any]:
        batches = getattr(self._source, "as_numpy_iterator", self._source.__iter__)
        return map(_batch, batches())


class _SizedPasses(_Passes):
    """As `_Passes`, with a length."""

    def __len__(self) -> int:
        return len(self._source)


class _Numbered:
    """Batches by index: a list, a `Sequence`, a `PyDataset`."""

    def __init__(self, source: Any) -> None:
        self._source = source

    def __len__(self) -> int:
        return len(self._source)

    def __getitem__(self, index: int) -> Any:
        return _batch(self._source[index])

    def __getattr__(self, name: str) -> Any:
        # `on_epoch_end`, `num_batches` and others are delegated to the source.
        if name[:1] == "_":
            raise AttributeError(name)
        return getattr(self._source, name)
