"""Layers that stand in several places of a model are one object in its file as well.

Keras marks all places of such an object with one `shared_object_id`; so does this.
"""

import contextlib
import contextvars
from collections.abc import Generator, Mapping
from typing import Any, TypeVar

KEY = "shared_object_id"
Made = TypeVar("Made")
# {id of an object: (the object, its first description)}
_written: contextvars.ContextVar[dict[int, tuple[Any, dict[str, Any]]] | None] = (
    contextvars.ContextVar("written", default=None)
)
_made: contextvars.ContextVar[dict[int, Any] | None] = contextvars.ContextVar(
    "made", default=None
)


@contextlib.contextmanager
def writing() -> Generator[None]:
    """Within this, objects that are described twice are marked."""
    token = _written.set({})
    try:
        yield
    finally:
        _written.reset(token)


@contextlib.contextmanager
def reading() -> Generator[None]:
    """Within this, descriptions with the same mark give the same object."""
    token = _made.set({})
    try:
        yield
    finally:
        _made.reset(token)


def mark(obj: Any, config: dict[str, Any]) -> dict[str, Any]:
    """Note that `config` describes `obj`; marks both if there was one before."""
    table = _written.get()
    if table is not None:
        _, first = table.setdefault(id(obj), (obj, config))
        if first is not config:
            first[KEY] = config[KEY] = list(table).index(id(obj)) + 1
    return config


def known(config: Mapping[str, Any]) -> Any:
    """The object made from an earlier description with the same mark, or None."""
    table, number = _made.get(), config.get(KEY)
    return table.get(number) if table and isinstance(number, int) else None


def remember(config: Mapping[str, Any], obj: Made) -> Made:
    """Note that `obj` was made from `config`; gives `obj`."""
    table, number = _made.get(), config.get(KEY)
    if table is not None and isinstance(number, int):
        table[number] = obj
    return obj
