"""Unit maps: the output of every unit over the plane, and the losses, in one call.

The weights of a network are padded with zeros to the largest network, so that one
compiled program serves all of them: adding a unit compiles nothing. Padding changes no
result, because a unit that does not exist has weights of zero to the next layer.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.analysis.playground.datasets import LIMIT
from nbkeras.analysis.playground.features import FEATURES, features_of
from nbkeras.analysis.playground.settings import MOST_LAYERS, MOST_UNITS
from nbkeras.ops import activations

# Points along each side of a unit's map, and of the output's.
SIDE, OUTPUT_SIDE = 32, 96
WIDTH = max(MOST_UNITS, len(FEATURES))
# Rows are padded to a multiple of this.
ROWS = 512
LOSSES = ("train_loss", "test_loss", "train_accuracy", "test_accuracy")
ACTIVATION_OF = {"binary": "sigmoid", "classes": "softmax", "regression": "linear"}
_TINY = float(np.finfo("float32").tiny)


@dataclass(frozen=True)
class UnitMaps:
    """The network as of one step.

    Args:
        step: number of steps taken.
        weights: kernels and biases of all layers, in order.
        units: uint8 (n, SIDE, SIDE), all hidden units and outputs in order: 128 plus
            127 times the output over its `tops`; rows from high to low x2.
        tops: float32 (n,), the largest absolute output of each unit on the map; for
            outputs 1 (probabilities: of 2 p - 1) or the largest target.
        output: uint8 (1 or 2, OUTPUT_SIDE, OUTPUT_SIDE): the output likewise; for more
            than two classes the winning class, and 255 times its probability.
        losses: {name of `LOSSES`: float}; NaN without rows, or accuracy of numbers.
    """

    step: int
    weights: list[np.ndarray]
    units: np.ndarray
    tops: np.ndarray
    output: np.ndarray
    losses: dict[str, float]


def grid(side: int) -> np.ndarray:
    """float64 (side * side, 2): the centres of the pixels of a map, row by row."""
    places = (np.arange(side) + 0.5) / side * 2 * LIMIT - LIMIT
    x2, x1 = np.meshgrid(places[::-1], places, indexing="ij")
    return np.stack([x1.ravel(), x2.ravel()], axis=1)


def feature_maps() -> np.ndarray:
    """uint8 (number of features, SIDE, SIDE) of all features, as in `UnitMaps`."""
    values = features_of(grid(SIDE), FEATURES).T
    tops = np.abs(values).max(axis=1, keepdims=True)
    maps = np.rint(128 + 127 * values / tops).astype("uint8")
    return maps.reshape(-1, SIDE, SIDE)


class MapComputer:
    """Computes `UnitMaps` of networks for one set of features and rows.

    Args:
        features: names.
        rows: features (n, f) and targets (n,) of all rows.
        is_train: bool (n,).
        kind: "binary", "classes" or "regression".
        num_outputs: units of the output layer.
        activation: of the hidden layers.
    """

    def __init__(
        self,
        *,
        features: Any,
        rows: tuple[np.ndarray, np.ndarray],
        is_train: np.ndarray,
        kind: str,
        num_outputs: int,
        activation: str,
    ) -> None:
        self.kind, self.num_outputs = kind, num_outputs
        self._activation = activation
        x, y = rows
        room = -(-max(len(x), 1) // ROWS) * ROWS
        part = np.zeros((2, room), "float32")
        part[0, : len(x)], part[1, : len(x)] = is_train, ~is_train
        targets = np.zeros(room, "float32")
        targets[: len(y)] = y
        self._top = float(np.abs(y).max(initial=0)) or 1.0
        places = np.concatenate([grid(SIDE), grid(OUTPUT_SIDE)])
        inputs = np.zeros((len(places) + room, WIDTH), "float32")
        inputs[: len(places), : len(features)] = features_of(places, features)
        inputs[len(places) : len(places) + len(x), : len(features)] = x
        self._inputs = inputs, targets, part

    def __call__(self, weights: list[np.ndarray], step: int) -> UnitMaps:
        """The maps of a network.

        Args:
            weights: kernels and biases of its layers, in order, as host arrays.
            step: number of steps taken.
        """
        *hidden, (kernel, bias) = zip(weights[::2], weights[1::2], strict=True)
        kernels = np.zeros((MOST_LAYERS, WIDTH, WIDTH), "float32")
        biases = np.zeros((MOST_LAYERS, WIDTH), "float32")
        for layer, (w, b) in enumerate(hidden):
            kernels[layer, : w.shape[0], : w.shape[1]] = w
            biases[layer, : len(b)] = b
        results = _compute(
            self._inputs,
            (kernels, biases, _padded(kernel, WIDTH, self.num_outputs), bias),
            np.int32(len(hidden)),
            np.float32(self._top),
            activation=self._activation,
            kind=self.kind,
        )
        units, tops, outputs, output, losses = jax.device_get(results)
        sizes = [len(b) for _, b in hidden]
        parts = [units[layer, :size] for layer, size in enumerate(sizes)]
        scales = [tops[layer, :size] for layer, size in enumerate(sizes)]
        top = self._top if self.kind == "regression" else 1.0
        return UnitMaps(
            step=step,
            weights=weights,
            units=np.concatenate([*parts, outputs]).reshape(-1, SIDE, SIDE),
            tops=np.concatenate([*scales, np.full(len(outputs), top, "float32")]),
            output=output.reshape(-1, OUTPUT_SIDE, OUTPUT_SIDE),
            losses=dict(zip(LOSSES, map(float, losses), strict=True)),
        )


def _padded(table, rows, columns):
    result = np.zeros((rows, columns), "float32")
    result[: table.shape[0], : table.shape[1]] = table
    return result


@functools.partial(jax.jit, static_argnames=("activation", "kind"))
def _compute(inputs, weights, depth, top, *, activation, kind):
    """All numbers of `UnitMaps`, padded: units, tops, outputs, output, losses."""
    points, targets, parts = inputs
    activate, answer = activations.get(activation), activations.get(ACTIVATION_OF[kind])

    def layer(x, variables):
        kernel, bias, number = variables
        x = jnp.where(number < depth, activate(x @ kernel + bias), x)
        return x, x[: SIDE * SIDE].T

    numbers = jnp.arange(MOST_LAYERS)
    x, units = jax.lax.scan(layer, points, (*weights[:2], numbers))
    outputs = answer(x @ weights[2] + weights[3])
    ends = SIDE * SIDE, SIDE * SIDE + OUTPUT_SIDE**2
    small, large, predictions = jnp.split(outputs, ends)
    tops = jnp.abs(units).max(axis=2)
    share = units / jnp.maximum(tops, _TINY)[..., None]
    shown = small / top if kind == "regression" else 2 * small - 1
    if kind == "classes":
        output = jnp.stack([large.argmax(1), jnp.rint(255 * large.max(1))])
        output = output.astype(jnp.uint8)
    else:
        output = _bytes((large / top if kind == "regression" else 2 * large - 1).T)
    losses = _losses(predictions, targets, parts, kind)
    return _bytes(share), tops, _bytes(shown.T), output, losses


def _bytes(share):
    """Numbers from -1 to 1 as bytes around 128."""
    share = jnp.nan_to_num(share, nan=0.0)
    return jnp.rint(128 + 127 * jnp.clip(share, -1, 1)).astype(jnp.uint8)


def _losses(predictions, targets, parts, kind):
    """Mean loss and accuracy of both parts, in the order of `LOSSES`."""
    if kind == "regression":
        loss = (predictions[:, 0] - targets) ** 2
        is_right = jnp.full_like(loss, jnp.nan)
    elif kind == "binary":
        # As in Keras, which keeps probabilities away from 0 and 1.
        p = jnp.clip(predictions[:, 0], 1e-7, 1 - 1e-7)
        loss = -jnp.where(targets > 0.5, jnp.log(p), jnp.log1p(-p))
        is_right = (p > 0.5) == (targets > 0.5)
    else:
        index = targets.astype(jnp.int32)[:, None]
        p = jnp.take_along_axis(predictions, index, axis=1)[:, 0]
        loss = -jnp.log(jnp.clip(p, 1e-7, 1 - 1e-7))
        is_right = predictions.argmax(axis=1) == targets.astype(jnp.int32)
    values = jnp.stack([loss, is_right.astype(jnp.float32)])
    # A row that belongs to neither part may be infinite, so it is left out, not scaled.
    sums = jnp.where(parts[:, None] > 0, values[None], 0.0).sum(axis=2)
    return (sums / parts.sum(axis=1)[:, None]).T.reshape(-1)
