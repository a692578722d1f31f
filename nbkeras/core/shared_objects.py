"""Shared objects in configs: a layer used in several places stays one layer.

Keras marks all places of such an object with one `shared_object_id`; so does this.
"""

import contextlib
import contextvars
from collections.abc import Generator, Mapping
from typing import Any, TypeVar

KEY = "shared_object_id"
Made = TypeVar("Made")
# {id of an object: (the object, its first config)}
_written: contextvars.ContextVar[dict[int, tuple[Any, dict[str, Any]]] | None] = (
    contextvars.ContextVar("written", default=None)
)
_made: contextvars.ContextVar[dict[int, Any] | None] = contextvars.ContextVar(
    "made", default=None
)


@contextlib.contextmanager
def writing() -> Generator[None]:
    """A context in which objects that are serialized twice are marked as shared."""
    token = _written.set({})
    try:
        yield
    finally:
        _written.reset(token)


@contextlib.contextmanager
def reading() -> Generator[None]:
    """A context in which configs with the same mark give the same object."""
    token = _made.set({})
    try:
        yield
    finally:
        _made.reset(token)


def mark(obj: Any, config: dict[str, Any]) -> dict[str, Any]:
    """Record that `config` describes `obj`; mark a second config as shared."""
    table = _written.get()
    if table is not None:
        _, first = table.setdefault(id(obj), (obj, config))
        if first is not config:
            first[KEY] = config[KEY] = list(table).index(id(obj)) + 1
    return config


def known(config: Mapping[str, Any]) -> Any:
    """The object created from an earlier config with the same mark, or None."""
    table, number = _made.get(), config.get(KEY)
    return table.get(number) if table and isinstance(number, int) else None


def remember(config: Mapping[str, Any], obj: Made) -> Made:
    """Record that `obj` was created from `config`; returns `obj`."""
    table, number = _made.get(), config.get(KEY)
    if table is not None and isinstance(number, int):
        table[number] = obj
    return obj
