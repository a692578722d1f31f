"""Serialize and deserialize objects in the format of Keras 2."""

import inspect
from typing import Any

from nbkeras.core import check
from nbkeras.core.annotations import CustomObjects
from nbkeras.core.serialization.registry import (
    custom,
    custom_object_scope,
    registered_name,
)

__all__ = ["deserialize_keras_object", "serialize_keras_object"]


def serialize_keras_object(instance: Any) -> Any:
    """The {"class_name": ..., "config": {...}} of an object, or a function's name.

    Raises:
        ValueError: `instance` is no function or class, and has no `get_config`.

    >>> from nbkeras.regularizers import L2
    >>> serialize_keras_object(L2(0.5))
    {'class_name': 'L2', 'config': {'l2': 0.5}}
    """
    if instance is None:
        return None
    if hasattr(instance, "get_config") and not inspect.isclass(instance):
        name = registered_name(type(instance))
        return {"class_name": name, "config": instance.get_config()}
    if hasattr(instance, "__name__"):
        return registered_name(instance)
    raise ValueError(
        f"Cannot serialize a {type(instance).__name__}: it has no get_config(). Write "
        "one that returns the constructor's arguments as a dict."
    )


def deserialize_keras_object(
    identifier: Any,
    module_objects: CustomObjects | None = None,
    custom_objects: CustomObjects | None = None,
    printable_module_name: str = "object",
) -> Any:
    """Create an object from a config or a name; only the given objects are found.

    Args:
        identifier: a config, a name, a function (returned unchanged) or None.
        module_objects: {name: class or function} of the calling library.
        custom_objects: {name: class or function} of the user.
        printable_module_name: name of the kind of object in messages.

    Raises:
        ValueError: the name is unknown, or `identifier` is not a config.
    """
    if identifier is None or inspect.isfunction(identifier):
        return identifier
    if isinstance(identifier, str):
        member = _lookup(
            identifier, module_objects, custom_objects, printable_module_name
        )
        return member() if inspect.isclass(member) else member
    if not isinstance(identifier, dict) or not {"class_name", "config"} <= {
        *identifier
    }:
        raise ValueError(
            f"Improper config format for {printable_module_name}: {identifier!r}. Give "
            'a dict with "class_name" and "config", as serialize_keras_object returns.'
        )
    cls = _lookup(
        identifier["class_name"], module_objects, custom_objects, printable_module_name
    )
    config = dict(identifier["config"])
    with custom_object_scope(custom_objects):
        return cls.from_config(config) if hasattr(cls, "from_config") else cls(**config)


def _lookup(name, module_objects, custom_objects, kind):
    candidates = {**(module_objects or {}), **(custom_objects or {})}
    passed = (custom_objects or {}).get(name)
    member = passed or custom(name) or candidates.get(name)
    if member is None:
        raise ValueError(
            f"Unknown {kind}: {name!r}.{check.did_you_mean(name, list(candidates))} "
            "Pass it in custom_objects, or use custom_object_scope."
        )
    return member
