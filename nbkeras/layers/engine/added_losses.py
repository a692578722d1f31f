"""`layer.losses`: what `add_loss` and regularizers added in the last eager call."""

from __future__ import annotations

from typing import Any

import jax
from jax.core import Tracer

from nbkeras.core.gradients import stateless_scope

_NAME = "_added_losses"


class AddedLosses:
    """The losses that one layer added when it was last called.

    Like a variable it can be noted before it changes and restored, so that gradients of
    plain code take the losses in, and no traced value stays afterwards.
    """

    def __init__(self) -> None:
        self.value: list[Any] = []

    def assign(self, value: list[Any]) -> None:
        """Replace the losses."""
        self.value = list(value)

    def snapshot(self) -> list[Any]:
        """The losses as they are, for `restore`."""
        return self.value

    def restore(self, value: list[Any]) -> None:
        """Put back what `snapshot` gave."""
        self.value = value

    def __getstate__(self) -> dict[str, Any]:
        return {"value": []}


def add(layer: Any, losses: list[Any]) -> None:
    """Add to the losses of a layer, outside of any run."""
    vars(layer).setdefault(_NAME, AddedLosses()).value.extend(losses)


def keep(context: Any, added: dict[Any, list[Any]]) -> None:
    """After an eager run: each layer in it has the losses that it added.

    Args:
        context: of the run.
        added: {layer: losses}; traced ones are not kept.
    """
    for copy in context.copies.values():
        layer = copy.__dict__["_original"]
        losses = added.get(layer)
        if losses is None and _NAME not in vars(layer):
            continue
        record = vars(layer).setdefault(_NAME, AddedLosses())
        traced = any(isinstance(loss, Tracer) for loss in losses or [])
        record.assign([] if traced or losses is None else losses)


def of(layer: Any) -> list[Any]:
    """The losses of a layer and of all below it, and the penalties on weights."""
    context = layer._context
    root = vars(layer).get("_original", layer)
    losses, trained = [], root.trainable_paths()
    scope, penalised = stateless_scope.current(), False
    for sublayer in root.walk():
        if context is None and scope is not None:
            noted, with_penalties = scope.losses_of(sublayer)
            losses += noted
            penalised = penalised or with_penalties
        elif context is not None:
            losses += context.losses_of.get(sublayer, [])
        elif _NAME in vars(sublayer):
            losses += vars(sublayer)[_NAME].value
    if penalised:
        return losses
    for path, weight in root.weights_by_path().items():
        if weight.regularizer is not None and path in trained:
            value = weight if context is None else context.arrays[weight]
            losses.append(weight.regularizer(value))
    return losses


def scalars(loss: Any) -> list[Any]:
    """The numbers that `add_loss(loss)` adds: the sum of each array in it."""
    return [jax.numpy.sum(leaf) for leaf in jax.tree.leaves(loss)]
