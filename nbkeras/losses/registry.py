"""Registry of losses by name."""

from __future__ import annotations

from typing import Any

from nbkeras.core.dispatch import symbolic_too
from nbkeras.core.serialization.registry import Registry

registry = Registry("loss", "keras.losses")


def register(name: str | None = None, *aliases: Any):
    """Decorator that registers a loss and lets it accept symbolic tensors."""
    add = registry.register(name, *aliases)
    return lambda member: add(symbolic_too(member))
