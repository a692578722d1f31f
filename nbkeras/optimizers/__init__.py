"""Optimizers and schedules with the names of Keras, built as optax transformations."""

from __future__ import annotations

import functools
from typing import Any

from nbkeras.core.annotations import CustomObjects, Identifier
from nbkeras.core.names import legacy_names
from nbkeras.core.serialization.configurable import to_config
from nbkeras.optimizers import schedules
from nbkeras.optimizers.adam_family import Adam, Adamax, AdamW, Lamb, Nadam
from nbkeras.optimizers.base import Optimizer
from nbkeras.optimizers.ftrl_adafactor import Adafactor, Ftrl
from nbkeras.optimizers.gradient_descent import SGD, Adadelta, Adagrad, Lion, RMSprop
from nbkeras.optimizers.loss_scale import LossScaleOptimizer
from nbkeras.optimizers.multi import MultiOptimizer, OptimizerMap
from nbkeras.optimizers.muon_schedule_free import Muon, ScheduleFreeAdamW
from nbkeras.optimizers.optax_wrapper import OptaxOptimizer
from nbkeras.optimizers.private import DPSGD as _DPSGD  # noqa: F401  (registered)
from nbkeras.optimizers.registry import registry


def get(
    identifier: Identifier | None, custom_objects: CustomObjects | None = None
) -> Any:
    """Look up an optimizer by name, config, class, instance or optax transformation."""
    if hasattr(identifier, "init") and hasattr(identifier, "update"):
        if not isinstance(identifier, Optimizer) and not isinstance(identifier, type):
            return OptaxOptimizer(identifier)
    if isinstance(identifier, str):
        member = registry.find(identifier) or registry.find(identifier.lower())
        identifier = member or identifier
    return registry.get(identifier, custom_objects)


def serialize(optimizer: Optimizer) -> Any:
    """The config from which `deserialize` rebuilds the optimizer."""
    return to_config(optimizer)


def deserialize(config: Any, custom_objects: CustomObjects | None = None) -> Any:
    """Rebuild an optimizer from the config of `serialize`."""
    return get(config, custom_objects)


__all__ = [
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "LossScaleOptimizer",
    "MultiOptimizer",
    "Muon",
    "Nadam",
    "OptaxOptimizer",
    "Optimizer",
    "OptimizerMap",
    "RMSprop",
    "ScheduleFreeAdamW",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]

__getattr__ = functools.partial(legacy_names.attribute, __name__)
