"""Paths of layers: their name after the names of the layers that built them."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from nbkeras.core.base_classes import BaseModel

if TYPE_CHECKING:
    from nbkeras.layers.engine.layer import Layer

_builders: contextvars.ContextVar[tuple[Layer, ...]] = contextvars.ContextVar(
    "builders", default=()
)


@contextlib.contextmanager
def building_within(layer: Layer, copy: Any = None) -> Iterator[None]:
    """Layers that are built in this context have `layer` in front of their paths.

    Args:
        layer: what is being built; it gets its own path, unless it has one.
        copy: a bound copy of it, which gets the same.
    """
    outer = _builders.get()
    if outer and outer[-1] is layer:
        yield
        return
    inner = (*outer, layer)
    if not layer.built and not vars(layer).get("_path"):
        vars(layer)["_path"] = "/".join(builder.name for builder in inner)
    if copy is not None:
        vars(copy)["_path"] = vars(layer).get("_path")
    token = _builders.set(inner)
    try:
        yield
    finally:
        _builders.reset(token)


def path_of(layer: Layer) -> str | None:
    """The path, which ends with the layer's present name; None before it is built.

    That of a functional model is its name: its layers are built before it exists.
    """
    path = vars(layer).get("_path")
    if path is None:
        is_built_model = isinstance(layer, BaseModel) and vars(layer).get("built")
        return layer.name if is_built_model else None
    return "/".join([*path.split("/")[:-1], layer.name])
