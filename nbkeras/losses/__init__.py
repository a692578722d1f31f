"""Losses: names, functions and classes under Keras 3's names."""

from nbkeras.core.configurable import to_config
from nbkeras.losses.base import FunctionLoss, Loss
from nbkeras.losses.classes import *  # noqa: F403
from nbkeras.losses.classification import *  # noqa: F403
from nbkeras.losses.registry import registry
from nbkeras.losses.regression import *  # noqa: F403

_ALIASES = {alias: registry.lookup(name) for alias, name in registry._aliases.items()}
globals().update(_ALIASES)


class Reduction:
    """Names of reductions, as in Keras 2; today's are strings."""

    AUTO = SUM_OVER_BATCH_SIZE = "sum_over_batch_size"
    SUM, NONE = "sum", "none"


def get(identifier, custom_objects=None):
    """A loss from a name, config, class, function or instance."""
    return registry.get(identifier, custom_objects)


def as_loss(identifier):
    """A Loss instance from anything that `get` takes."""
    found = get(identifier)
    return found if isinstance(found, Loss) or found is None else FunctionLoss(found)


def serialize(loss):
    """Plain data from which `deserialize` rebuilds the loss."""
    return to_config(loss)


def deserialize(config, custom_objects=None):
    """The loss that `serialize` described."""
    return get(config, custom_objects)


__all__ = [
    *registry.names(),
    *_ALIASES,
    "Loss",
    "Reduction",
    "as_loss",
    "deserialize",
    "get",
]
__all__ += ["serialize"]
