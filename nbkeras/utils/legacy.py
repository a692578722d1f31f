"""Objects as plain data in the form of Keras 2, and back."""

import inspect
from typing import Any

from nbkeras.core import check
from nbkeras.core.annotations import CustomObjects
from nbkeras.core.registry import custom, custom_object_scope, registered_name

__all__ = ["deserialize_keras_object", "serialize_keras_object"]


def serialize_keras_object(instance: Any) -> Any:
    """{"class_name": ..., "config": {...}} of an object, the name of a function.

    Raises:
        ValueError: neither a function or class nor an object with `get_config`.

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
    """The object that plain data describes; only what is handed over can be found.

    Args:
        identifier: a config, a name, a function (given back as it is) or None.
        module_objects: {name: class or function} of the library that calls this.
        custom_objects: {name: class or function} of the user's own.
        printable_module_name: what messages call the object.

    Raises:
        ValueError: no such name, or no config.
    """
    if identifier is None or inspect.isfunction(identifier):
        return identifier
    if isinstance(identifier, str):
        member = _found(
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
    cls = _found(
        identifier["class_name"], module_objects, custom_objects, printable_module_name
    )
    config = dict(identifier["config"])
    with custom_object_scope(custom_objects):
        return cls.from_config(config) if hasattr(cls, "from_config") else cls(**config)


def _found(name, module_objects, custom_objects, what):
    candidates = {**(module_objects or {}), **(custom_objects or {})}
    own = (custom_objects or {}).get(name)
    member = own or custom(name) or candidates.get(name)
    if member is None:
        raise ValueError(
            f"Unknown {what}: {name!r}.{check.did_you_mean(name, list(candidates))} "
            "Give it in custom_objects, or within custom_object_scope."
        )
    return member
