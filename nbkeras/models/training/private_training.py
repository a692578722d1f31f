"""Private training: what `fit` does with an optimizer such as DPAdam."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from nbkeras import layers
from nbkeras.core import notices
from nbkeras.core.names.display_name import quoted
from nbkeras.data.array_batches import ArrayBatches
from nbkeras.data.poisson_batches import PoissonBatches
from nbkeras.distribution import parallel
from nbkeras.models.training.fit_plan import FitPlan
from nbkeras.models.training.steps.own_steps import owns_training
from nbkeras.optimizers.private import Private
from nbkeras.train import events

GROUPS = (8, 4, 2)


def private_optimizer(model: Any) -> Private | None:
    """The model's optimizer if it is a private one."""
    optimizer = model.optimizer
    return optimizer if isinstance(optimizer, Private) else None


def with_poisson_batches(model: Any, plan: FitPlan) -> FitPlan:
    """The plan of a private fit: each example is in each batch by chance.

    Without a private optimizer it is the same plan.

    Args:
        model: compiled.
        plan: the FitPlan.

    Raises:
        TypeError: the data is not in arrays, or the class has its own train step.
        ValueError: the training would not be private.
    """
    optimizer = private_optimizer(model)
    if optimizer is None:
        return plan
    owner = type(optimizer).__name__
    if owns_training(model):
        raise TypeError(
            f"{owner} needs the training step of fit, and {type(model).__name__} has "
            "its own. Remove `train_step`, or use "
            f"{owner.removeprefix('DP')}."
        )
    if parallel.distribution() is not None:
        raise ValueError(
            f"{owner} trains on one device. Write "
            "nbkeras.distribution.set_distribution(None)."
        )
    if not isinstance(plan.train, ArrayBatches):
        raise TypeError(
            f"{owner} draws each example into each batch by chance, and fit got data "
            "that is in batches already. Pass all examples as arrays: model.fit(x, y, "
            "batch_size=64), without steps_per_epoch."
        )
    batches = PoissonBatches(plan.train)
    if optimizer.delta * batches.rows > 1:
        notices.once(
            ("delta", optimizer.delta, batches.rows),
            f"{owner}(delta={optimizer.delta:g}) is more than 1 divided by the number "
            f"of examples, {batches.rows}: publishing one whole example would be "
            f"allowed. Write delta={0.1 / batches.rows:.0e}.",
        )
    return dataclasses.replace(plan, train=batches)


def begin(model: Any, batches: PoissonBatches) -> None:
    """Check that the training of a built model will be private, and prepare it.

    Raises:
        ValueError: a layer, metric or weighting of losses combines examples.
    """
    optimizer = private_optimizer(model)
    assert optimizer is not None
    owner = type(optimizer).__name__
    flags = model._trainable_flags.flags()
    for layer in model.walk():
        if isinstance(layer, layers.BatchNormalization) and flags.get(layer, True):
            raise ValueError(
                f"The layer {quoted(layer.name)} (BatchNormalization) mixes the "
                f"examples of a batch, so {owner} cannot hide a single one. Replace it "
                f"by layers.{_replacement(layer)}."
            )
    weighting = model.task_weights
    if weighting is not None and weighting.by_gradients:
        raise ValueError(
            f"{owner} cannot be used with loss_weights={weighting.weighting!r}, which "
            "compares gradients before they are noised. Give numbers: "
            "compile(loss_weights=[1.0, 1.0])."
        )
    for metric in model._objective.metrics:
        if not metric.rows_independent:
            raise ValueError(
                f"The metric {quoted(metric.name)} may depend on the padding of "
                f"batches, which {owner} fills up. Compute it with model.evaluate of "
                'another model, or use one of nbkeras.metrics, such as "accuracy".'
            )
    optimizer.begin_private_fit(batches.rows, batches.expected_size)


def spent_before(model: Any) -> dict[str, Any]:
    """`FitStarted.privacy` of a fit that is about to begin; {} if it is not private."""
    optimizer = private_optimizer(model)
    if optimizer is None:
        return {}
    return {"delta": optimizer.delta, "parts": [list(part) for part in optimizer.spent]}


def _replacement(layer: Any) -> str:
    """The line of a normalization within each example, for the same input."""
    shape = getattr(layer.gamma, "shape", None) or getattr(layer.beta, "shape", None)
    channels = math.prod(shape) if shape else 0
    groups = next((n for n in GROUPS if channels > n and not channels % n), None)
    ndim = len(layer.__dict__.get("_output_shape") or ())
    if ndim <= 2 or groups is None:
        return "LayerNormalization()"
    axis = "" if layer.axis in (-1, ndim - 1) else f", axis={layer.axis}"
    return f"GroupNormalization(groups={groups}{axis})"


class AccountPrivacy:
    """A sink that counts private steps, and adds "epsilon" to the logs of epochs."""

    def __init__(self, optimizer: Private) -> None:
        self._optimizer = optimizer

    def __call__(self, event: Any) -> None:
        """Handle one event."""
        if isinstance(event, events.StepEnded):
            self._optimizer.count_step()
        elif isinstance(event, events.EpochEnded):
            event.logs["epsilon"] = self._optimizer.privacy_spent().epsilon
