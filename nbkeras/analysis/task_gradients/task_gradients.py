"""Gradients of the losses of a model with several outputs: sizes and directions."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from nbkeras.analysis.descent import training_access
from nbkeras.analysis.lr_finder.search import unpack_data
from nbkeras.core import rng
from nbkeras.losses.multi_task_weighting import inner_products_at
from nbkeras.models.model import Model
from nbkeras.models.training.trainer import fit_plan_of
from nbkeras.models.training.weight_checkout import key_data

OWNER = "task_gradients"
ROWS = 256
# Cosines nearer to zero than this say nothing about one batch.
CLEAR_COSINE = 0.1
# A gradient that is so many times as large decides the direction of the sum.
DOMINANT = 5.0


@dataclass(frozen=True)
class LayerGradients:
    """The gradients of the losses on the shared weights of one layer.

    Args:
        name: path of the layer.
        norms: (n,) norm of the gradient of each loss, without its weight.
        cosines: (n, n) cosine between the gradients; NaN where one is zero.
    """

    name: str
    norms: np.ndarray
    cosines: np.ndarray


@dataclass(frozen=True)
class TaskGradients:
    """The gradients of all losses of one batch, on the weights that they share.

    A weight is shared if at least two losses depend on it.

    Args:
        tasks: names of the losses, those of the outputs.
        losses: (n,) value of each loss, without its weight.
        weights: (n,) factor of each loss at this moment.
        norms: (n,) norm of the gradient of each loss, without its weight.
        cosines: (n, n) cosine between the gradients; NaN where one is zero.
        layers: the same for each layer with shared weights, in the model's order.
        rows: number of rows of the batch.
    """

    tasks: tuple[str, ...]
    losses: np.ndarray
    weights: np.ndarray
    norms: np.ndarray
    cosines: np.ndarray
    layers: tuple[LayerGradients, ...]
    rows: int

    @property
    def opposing(self) -> list[tuple[str, str, float]]:
        """(task, task, cosine) of the pairs whose gradients oppose each other.

        The most opposed come first; cosines above -0.1 are not listed.
        """
        pairs = [
            (self.tasks[i], self.tasks[j], float(self.cosines[i, j]))
            for i, j in itertools.combinations(range(len(self.tasks)), 2)
        ]
        return sorted(
            (pair for pair in pairs if pair[2] < -CLEAR_COSINE), key=lambda p: p[2]
        )

    @property
    def dominant(self) -> tuple[str, str, float] | None:
        """(task, task, ratio) if a weighted gradient is at least 5 times another."""
        sizes = self.weights * self.norms
        if not sizes.min() > 0:
            return None
        ratio = float(sizes.max() / sizes.min())
        if ratio < DOMINANT:
            return None
        return self.tasks[sizes.argmax()], self.tasks[sizes.argmin()], ratio


def task_gradients(
    model: Model,
    x: Any,
    y: Any = None,
    *,
    sample_weight: ArrayLike | None = None,
    batch_size: int = ROWS,
) -> TaskGradients:
    """Compare the gradients of a model's losses on one batch.

    The model is not changed.

    Args:
        model: compiled, with several losses.
        x: data as in `fit`, or the tuple (x, y).
        y: targets, if not part of `x`.
        sample_weight: as in `fit`.
        batch_size: number of rows, from the beginning of the data.

    Raises:
        RuntimeError: the model is not compiled.
        ValueError: the data does not fit the model, or it has one loss or its own
            training step.
    """
    model.require_compiled(OWNER)
    x, y, sample_weight = unpack_data(x, y, sample_weight)
    plan = fit_plan_of(
        x, y, batch_size=batch_size, sample_weight=sample_weight, shuffle=False
    )
    try:
        feed = training_access.begin(model, plan, OWNER)
        batch, rows = next(iter(feed.through(plan.train.epoch(0))))
    finally:
        plan.close()
    if model.task_weights is None:
        raise ValueError(
            f"{OWNER} compares the gradients of several losses, and this model has one "
            "or its own training step. To see the gradients of one loss, write "
            "nbkeras.xray(model, x, y)."
        )
    trained = model.trainable_flags.trained_paths() & model.weights_by_path().keys()
    values = model.current_values()
    params = {path: value for path, value in values.items() if path in trained}
    state = {path: value for path, value in values.items() if path not in trained}
    return GradientLooker(model)(batch, params, state, int(rows))


class GradientLooker:
    """Compares the gradients of one model's losses; compiles once per batch shape.

    Args:
        model: compiled and built, with several losses.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._compute: Any = training_access.compiled(_gradients_of(model))

    def compile(self, batch: Any, params: Any, state: Any) -> None:
        """Compile for batches of the shape of `batch`."""
        self._compute = self._compute.lower(params, state, batch).compile()

    def __call__(self, batch: Any, params: Any, state: Any, rows: int) -> TaskGradients:
        """The gradients on one batch.

        Args:
            batch: (x, y, weight, valid) as for the train step.
            params, state: {path: array} of the trained and the other weights.
            rows: number of valid rows.

        Raises:
            ValueError: the losses share no trained weight.
        """
        losses, products = jax.device_get(self._compute(params, state, batch))
        return _compared(self._model, np.asarray(losses), products, rows)


def _gradients_of(model):
    """The function (params, state, batch) -> (losses, {path: inner products})."""
    parts, objective = model.compiled_steps, model.compiled_objective
    seed = key_data(rng.derive(0, OWNER))

    def compute(params, state, batch):
        x, y, weight, valid = batch
        key = jax.random.wrap_key_data(jnp.asarray(seed))

        def losses(params):
            applied = parts.forward({**params, **state}, x, True, key, valid)
            return jnp.stack(objective.losses(y, applied, weight, valid))

        values, pull = jax.vjp(losses, params)
        units = jnp.eye(len(values), dtype=values.dtype)
        gradients = [pull(unit)[0] for unit in units]
        products = {path: inner_products_at(path, gradients) for path in params}
        return values, products

    return compute


def _compared(model, losses, products, rows):
    products = {path: np.asarray(part, np.float64) for path, part in products.items()}
    by_layer: dict[str, np.ndarray] = {}
    total = np.zeros((len(losses), len(losses)))
    for path in model.weights_by_path():
        part = products.get(path)
        if part is None or (np.diagonal(part) > 0).sum() < 2:
            continue
        layer = path.rpartition("/")[0] or path
        by_layer[layer] = by_layer.get(layer, 0) + part
        total = total + part
    if not by_layer:
        raise ValueError(
            f"{OWNER}: no trained weight has a gradient of two losses, so there is "
            "nothing to compare. Let the outputs share layers, or set trainable = True."
        )
    weights = model.current_loss_weights
    return TaskGradients(
        tuple(weights),
        losses,
        np.array(list(weights.values())),
        *_norms_and_cosines(total),
        tuple(
            LayerGradients(name, *_norms_and_cosines(part))
            for name, part in by_layer.items()
        ),
        rows,
    )


def _norms_and_cosines(products):
    norms = np.sqrt(np.diagonal(products))
    with np.errstate(invalid="ignore", divide="ignore"):
        cosines = products / np.outer(norms, norms)
    return norms, np.clip(cosines, -1, 1)
