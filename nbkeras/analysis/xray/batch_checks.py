"""Checks of the batch of an XRay: its labels, and what random layers cost."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras import losses
from nbkeras.analysis.labels.class_labels import class_labels
from nbkeras.analysis.labels.neighbours import chance_agreement, nearest_agreement
from nbkeras.data.checks.loss_names import CROSSENTROPIES, plain_name
from nbkeras.layers.augmentation.base import Augmentation
from nbkeras.layers.dropout import (
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
)
from nbkeras.layers.engine.functional_call import apply

RANDOM = (Augmentation, Dropout, AlphaDropout, GaussianDropout, GaussianNoise)
DRAWS = 4  # augmented copies of each row


@dataclass(frozen=True)
class RandomLook:
    """What layers that are random in training cost on a batch.

    Args:
        layers: their names.
        accuracy: fraction of the rows that the model classifies correctly in training
            mode. at_rest: the same with these layers off.
    """

    layers: tuple[str, ...]
    accuracy: float
    at_rest: float


@dataclass(frozen=True)
class AugmentationLook:
    """How far augmentation keeps what tells the classes of a batch apart.

    Args:
        layers: names of the augmentation layers.
        agreement: fraction of the rows whose nearest neighbour has the same label.
        augmented: the same for augmented rows, with neighbours among the others.
        chance: the same by chance.
    """

    layers: tuple[str, ...]
    agreement: float
    augmented: float
    chance: float


def augmentation_look(model: Any, x: Any, labels: Any) -> AugmentationLook | None:
    """Compare augmented rows with the rows of the batch; None without augmentation.

    Args:
        model: built, with augmentation before its first layer with weights.
        x: the inputs. labels: (rows,) class numbers.
    """
    if labels is None or not hasattr(x, "ndim") or x.ndim != 4:
        return None
    layers = []
    for layer in model.walk():
        if isinstance(layer, Augmentation):
            layers.append(layer)
        elif layer.own_weights():
            break
    if not layers:
        return None
    rows = jnp.asarray(x[: len(labels)], jnp.float32)

    def augmented(key):
        y = rows
        for layer, own_key in zip(
            layers, jax.random.split(key, len(layers)), strict=True
        ):
            y = apply(layer, {}, y, training=True, key=own_key).y
        return y

    keys = jax.random.split(jax.random.key(0), DRAWS)
    copies = [np.asarray(augmented(key)) for key in keys]
    if any(copy.shape != rows.shape for copy in copies):
        return None
    rows = np.asarray(rows)
    after = np.mean([nearest_agreement(copy, rows, labels) for copy in copies])
    return AugmentationLook(
        layers=tuple(layer.name for layer in layers),
        agreement=nearest_agreement(rows, rows, labels),
        augmented=float(after),
        chance=chance_agreement(labels),
    )


def class_numbers(model: Any, y: Any) -> np.ndarray | None:
    """(rows,) class numbers of a classifier with one output; None for another model."""
    heads = model.compiled_objective.heads
    loss_fns = [head.loss_fn for head in heads if head.loss_fn is not None]
    if not heads and isinstance(model.loss, str):
        loss_fns = [losses.as_loss(model.loss)]
    if len(loss_fns) != 1 or plain_name(loss_fns[0]) not in CROSSENTROPIES:
        return None
    return class_labels(y) if hasattr(y, "shape") else None


def random_look(model: Any, values: Any, x: Any, labels: Any) -> RandomLook | None:
    """The accuracy on a batch with and without random layers; None without any.

    Args:
        model: built. values: {path: array} of all weights.
        x: the inputs. labels: (rows,) class numbers.
    """
    names = [layer.name for layer in model.walk() if isinstance(layer, RANDOM)]
    if not names or labels is None:
        return None

    def predicted(training):
        applied = apply(
            model,
            values,
            model.as_inputs(x),
            training=training,
            key=jax.random.key(0),
            trainable=model.trainable_flags.flags(),
        )
        y = applied.y
        if y.ndim == 2 and y.shape[1] > 1:
            return y.argmax(axis=1)
        is_logit = applied.logits is None
        return (y.reshape(-1) > (0.0 if is_logit else 0.5)).astype(jnp.int32)

    training, rest = jax.jit(lambda: (predicted(True), predicted(False)))()
    accuracy, at_rest = (
        float((np.asarray(part)[: len(labels)] == labels).mean())
        for part in (training, rest)
    )
    return RandomLook(tuple(names), accuracy, at_rest)
