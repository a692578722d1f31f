"""Containers of layers and weights: lists, tuples and dicts, nested to any depth."""

import copy
import operator
from collections.abc import Callable, Iterable
from typing import Any, cast

KINDS = (list, tuple, dict)


def entries(container: Any) -> Iterable[Any]:
    """The entries of `container` in order; the values of a dict."""
    return container.values() if dict in type(container).__mro__ else container


def replaced(
    container: Any, replace: Callable[[Any], Any], visited: dict[int, Any]
) -> Any:
    """A copy of `container`, of the same class, with `replace(entry)` for each entry.

    A tuple, or an instance of a subclass of list or dict, is returned uncopied if
    `replace` changes none of its entries.

    Args:
        container: a list, tuple or dict, or an instance of a subclass.
        replace: entry -> new entry.
        visited: {id of a container: its copy}, for containers that hold themselves.
    """
    if id(container) in visited:
        return visited[id(container)]
    cls = cast(Any, type(container))
    if tuple in cls.__mro__:
        new_entries = [replace(entry) for entry in container]
        if all(map(operator.is_, new_entries, container)):
            return container
        is_namedtuple = hasattr(container, "_fields")
        return cls(*new_entries) if is_namedtuple else cls(new_entries)
    visited[id(container)] = new = copy.copy(container)
    keys: Any = container if dict in cls.__mro__ else range(len(container))
    for key in keys:
        new[key] = replace(container[key])
    is_same = all(map(operator.is_, entries(new), entries(container)))
    if cls not in KINDS and is_same:
        visited[id(container)] = container
        return container
    return new
