"""The names of all losses."""

from __future__ import annotations

from typing import Any

from nbkeras.core.dispatch import symbolic_too
from nbkeras.core.registry import Registry

registry = Registry("loss", "keras.losses")


def register(name: str | None = None, *aliases: Any):
    """Register a loss; functions then also accept symbolic tensors; a decorator."""
    add = registry.register(name, *aliases)
    return lambda member: add(symbolic_too(member))
