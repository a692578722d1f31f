"""Checks of the batch of an XRay: its labels, and what random layers cost."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras import losses
from nbkeras.data.checks.loss_names import plain_name
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
CROSSENTROPIES = (
    "sparsecategoricalcrossentropy",
    "categoricalcrossentropy",
    "binarycrossentropy",
)


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
    agreement = _agreement(np.asarray(rows), np.asarray(rows), labels)
    after = np.mean([_agreement(copy, np.asarray(rows), labels) for copy in copies])
    counts = np.bincount(labels - labels.min()).astype(float)
    n = len(labels)
    chance = float((counts * (counts - 1)).sum() / max(n * (n - 1), 1))
    names = tuple(layer.name for layer in layers)
    return AugmentationLook(names, agreement, float(after), chance)


def _agreement(rows, others, labels):
    """How often the nearest of the other rows has the label of a row."""
    rows, others = rows.reshape(len(rows), -1), others.reshape(len(others), -1)
    distances = (others**2).sum(axis=1) - 2 * (rows @ others.T)
    np.fill_diagonal(distances, np.inf)
    return float((labels[distances.argmin(axis=1)] == labels).mean())


def class_numbers(model: Any, y: Any) -> np.ndarray | None:
    """(rows,) class numbers of a classifier with one output; None for another model."""
    heads = model.compiled_objective.heads
    loss_fns = [head.loss_fn for head in heads if head.loss_fn is not None]
    if not heads and isinstance(model.loss, str):
        loss_fns = [losses.as_loss(model.loss)]
    is_array = hasattr(y, "shape") and len(y.shape) in (1, 2)
    if len(loss_fns) != 1 or plain_name(loss_fns[0]) not in CROSSENTROPIES:
        return None
    if not is_array:
        return None
    labels = np.asarray(y)
    if labels.ndim == 2 and labels.shape[1] > 1:
        is_one_hot = np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()
        return labels.argmax(axis=1) if is_one_hot else None
    labels = labels.reshape(-1)
    is_number = labels.dtype.kind in "fiub" and (labels == np.rint(labels)).all()
    return labels.astype("int64") if is_number else None


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
