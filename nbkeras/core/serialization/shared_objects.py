"""Shared objects in configs: a layer used in several places is restored as one layer.

As in Keras, all configs of a shared object have the same `shared_object_id`.
"""

import contextlib
import contextvars
from collections.abc import Generator, Mapping
from typing import Any, TypeVar

KEY = "shared_object_id"
Obj = TypeVar("Obj")
# {id of an object: (the object, its first config)}; the object keeps its id in use.
_serialized: contextvars.ContextVar[dict[int, tuple[Any, dict[str, Any]]] | None] = (
    contextvars.ContextVar("serialized", default=None)
)
_restored: contextvars.ContextVar[dict[int, Any] | None] = contextvars.ContextVar(
    "restored", default=None
)


@contextlib.contextmanager
def writing() -> Generator[None]:
    """A context in which objects that are serialized twice are marked as shared."""
    token = _serialized.set({})
    try:
        yield
    finally:
        _serialized.reset(token)


@contextlib.contextmanager
def reading() -> Generator[None]:
    """A context in which configs with the same id restore the same object."""
    token = _restored.set({})
    try:
        yield
    finally:
        _restored.reset(token)


def mark(obj: Any, config: dict[str, Any]) -> dict[str, Any]:
    """Record that `config` describes `obj`; a second config gives both the same id."""
    table = _serialized.get()
    if table is not None:
        _, first = table.setdefault(id(obj), (obj, config))
        if first is not config:
            first[KEY] = config[KEY] = list(table).index(id(obj)) + 1
    return config


def restored(config: Mapping[str, Any]) -> Any:
    """The object that an earlier config with the same id restored, or None."""
    table, shared_id = _restored.get(), config.get(KEY)
    return table.get(shared_id) if table and isinstance(shared_id, int) else None


def remember(config: Mapping[str, Any], obj: Obj) -> Obj:
    """Record that `config` restored `obj`; returns `obj`."""
    table, shared_id = _restored.get(), config.get(KEY)
    if table is not None and isinstance(shared_id, int):
        table[shared_id] = obj
    return obj
