"""Serialize and deserialize any Keras object, whatever its type."""

from collections.abc import Mapping
from typing import Any

from nbkeras import layers, losses, metrics, optimizers
from nbkeras.core.serialization.configurable import to_config
from nbkeras.core.serialization.registry import custom_object_scope
from nbkeras.ops import constraints, initializers, regularizers
from nbkeras.optimizers.registry import schedules as schedule_registry
from nbkeras.saving.legacy_configs import translated

_FAMILIES = {
    "keras.constraints": constraints,
    "keras.initializers": initializers,
    "keras.layers": layers,
    "keras.losses": losses,
    "keras.metrics": metrics,
    "keras.optimizers": optimizers,
    "keras.optimizers.schedules": schedule_registry,
    "keras.regularizers": regularizers,
}


def serialize_keras_object(obj: Any) -> Any:
    """A config from which `deserialize_keras_object` rebuilds `obj`."""
    return to_config(obj)


def deserialize_keras_object(
    config: Any,
    custom_objects: Mapping[str, Any] | None = None,
    safe_mode: bool = True,
) -> Any:
    """Rebuild an object from its config; only registered names are allowed.

    Args:
        config: as `serialize_keras_object` or `layers.serialize` returned it.
        custom_objects: your own classes and functions by name.
        safe_mode: accepted as in Keras; code is never run.
    """
    if not isinstance(config, dict) or "class_name" not in config:
        return config
    family = _FAMILIES.get(str(config.get("module")), layers)
    with custom_object_scope(custom_objects):
        return family.get(translated(config))


__all__ = ["deserialize_keras_object", "serialize_keras_object"]
