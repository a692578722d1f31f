"""The names of all losses."""

from nbkeras.core.dispatch import symbolic_too
from nbkeras.core.registry import Registry

registry = Registry("loss", "keras.losses")


def register(name=None, *aliases):
    """Decorate a loss; a function also takes the symbolic tensors of a model."""
    add = registry.register(name, *aliases)
    return lambda member: add(symbolic_too(member))
