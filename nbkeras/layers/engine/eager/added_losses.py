"""`layer.losses`: the losses that a layer added in its last eager call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax
from jax.core import Tracer

from nbkeras.core.gradients import stateless_scope

_ATTRIBUTE = "_added_losses"


class AddedLosses:
    """The losses that one layer added when it was last called.

    Like a variable it has a snapshot that can be restored, so that gradients of plain
    code include the losses and no traced value is left behind.
    """

    def __init__(self) -> None:
        self.value: list[Any] = []

    def assign(self, value: list[Any]) -> None:
        """Replace the losses."""
        self.value = list(value)

    def snapshot(self) -> list[Any]:
        """The current losses, for `restore`."""
        return self.value

    def restore(self, value: list[Any]) -> None:
        """Restore the losses of a `snapshot`."""
        self.value = value

    def __getstate__(self) -> dict[str, Any]:
        return {"value": []}


def add(layer: Any, losses: list[Any]) -> None:
    """Add to the losses of a layer outside of its `call`."""
    vars(layer).setdefault(_ATTRIBUTE, AddedLosses()).value.extend(losses)


def store(layers: Iterable[Any], added: dict[Any, list[Any]]) -> None:
    """Store the losses that each layer added in an eager run.

    Args:
        layers: the layers that took part in the run.
        added: {layer: losses}; traced losses are dropped.
    """
    for layer in layers:
        losses = added.get(layer)
        if losses is None and _ATTRIBUTE not in vars(layer):
            continue
        record = vars(layer).setdefault(_ATTRIBUTE, AddedLosses())
        traced = any(isinstance(loss, Tracer) for loss in losses or [])
        record.assign([] if traced or losses is None else losses)


def of(layer: Any) -> list[Any]:
    """The losses of a layer and its sublayers, then the penalties on weights."""
    context = layer._context
    root = vars(layer).get("_original", layer)
    losses, trained = [], root.trainable_paths()
    scope, penalised = stateless_scope.current(), False
    for sublayer in root.walk():
        if context is None and scope is not None:
            scope_losses, with_penalties = scope.losses_of(sublayer)
            losses += scope_losses
            penalised = penalised or with_penalties
        elif context is not None:
            losses += context.losses_of.get(sublayer, [])
        elif _ATTRIBUTE in vars(sublayer):
            losses += vars(sublayer)[_ATTRIBUTE].value
    if penalised:
        return losses
    for path, weight in root.weights_by_path().items():
        if weight.regularizer is not None and path in trained:
            value = weight if context is None else context.arrays[weight]
            losses.append(weight.regularizer(value))
    return losses


def scalars(loss: Any) -> list[Any]:
    """The scalars that `add_loss(loss)` adds: the sum of each array in it."""
    return [jax.numpy.sum(leaf) for leaf in jax.tree.leaves(loss)]
