"""Containers of layers and weights: lists, tuples and dicts, nested to any depth."""

import copy
from collections.abc import Callable, Iterable
from typing import Any, cast

KINDS = (list, tuple, dict)


def entries(container: Any) -> Iterable[Any]:
    """The entries of `container` in order; the values of a dict."""
    return container.values() if dict in type(container).__mro__ else container


def replaced(container: Any, swap: Callable[[Any], Any], known: dict[int, Any]) -> Any:
    """A container of the same class with `swap(entry)` for each entry.

    Tuples, and classes derived from list and dict, stay as they are where `swap`
    changes nothing in them.

    Args:
        container: a list, tuple or dict, or an instance of a class derived from one.
        swap: gives the new entry for an old one.
        known: {id: new container} of those met before; a container may hold itself.
    """
    if id(container) in known:
        return known[id(container)]
    kind = cast(Any, type(container))
    if tuple in kind.__mro__:
        swapped = [swap(entry) for entry in container]
        if all(map(_is, swapped, container)):
            return container
        return kind(*swapped) if hasattr(container, "_fields") else kind(swapped)
    known[id(container)] = changed = copy.copy(container)
    keys: Any = container if dict in kind.__mro__ else range(len(container))
    for key in keys:
        changed[key] = swap(container[key])
    if kind not in KINDS and all(map(_is, entries(changed), entries(container))):
        known[id(container)] = container
        return container
    return changed


def _is(one: Any, other: Any) -> bool:
    return one is other
