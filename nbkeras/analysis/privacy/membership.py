"""Membership inference: guess from losses which examples a model was trained on."""

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from scipy.stats import beta, rankdata

from nbkeras.analysis.descent import training_access
from nbkeras.analysis.lr_finder.search import unpack_data
from nbkeras.models.model import Model
from nbkeras.models.training.trainer import fit_plan_of

OWNER = "membership_attack"
# Thresholds are chosen on every second example and judged on the others.
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Membership:
    """How well a threshold on the loss tells members from other examples.

    Args:
        auc: area under the ROC curve, the probability that a member has a lower loss
            than another example: 0.5 for a guess, 1 for certainty.
        advantage: largest difference of true and false positive rate, 0 for a guess.
        member_losses, other_losses: (n,) loss of each example.
    """

    auc: float
    advantage: float
    member_losses: np.ndarray
    other_losses: np.ndarray

    def epsilon_bound(self, delta: float = 1e-5) -> float:
        """The epsilon that the attack proves the training to have, at 95 % confidence.

        A model trained with a smaller epsilon lets no attack succeed so often. The
        threshold is chosen on half of the examples, and the bound holds for the rest.

        Args:
            delta: that of the training.
        """
        chosen_in, judged_in = self.member_losses[::2], self.member_losses[1::2]
        chosen_out, judged_out = self.other_losses[::2], self.other_losses[1::2]
        best = 0.0
        # "Member" for low losses, and "no member" for high ones.
        for sign in (1, -1):
            positives, negatives = (chosen_in, chosen_out)[::sign]
            threshold = _best_threshold(sign * positives, sign * negatives, delta)
            positives, negatives = (judged_in, judged_out)[::sign]
            hits = int((sign * positives <= threshold).sum())
            false_alarms = int((sign * negatives <= threshold).sum())
            best = max(
                best, _bound(hits, len(positives), false_alarms, len(negatives), delta)
            )
        return best

    def __str__(self) -> str:
        return f"AUC {self.auc:.3f}, advantage {self.advantage:.3f}"


def membership_attack(
    model: Model, members: Any, others: Any, *, batch_size: int = 256
) -> Membership:
    """Attack a model: guess from the loss whether it was trained on an example.

    Args:
        model: compiled and trained.
        members: (x, y) of examples that it was trained on.
        others: (x, y) of examples of the same kind that it was not trained on.
        batch_size: examples at once.

    Raises:
        RuntimeError: the model is not compiled.
        ValueError: the data does not fit the model.

    Source: Yeom et al., "Privacy Risk in Machine Learning" (2018).
    """
    model.require_compiled(OWNER)
    inside = _losses(model, members, batch_size)
    outside = _losses(model, others, batch_size)
    ranks = rankdata(np.concatenate([inside, outside]))[: len(inside)]
    # Mann and Whitney: the share of pairs in which the member has the lower loss.
    higher = ranks.sum() - len(inside) * (len(inside) + 1) / 2
    auc = 1 - higher / (len(inside) * len(outside))
    thresholds = np.concatenate([inside, outside])
    gains = _rate(inside, thresholds) - _rate(outside, thresholds)
    return Membership(float(auc), float(max(gains.max(), 0)), inside, outside)


def _losses(model, data, batch_size):
    """(rows,) the loss of each example, without penalties."""
    x, y, weight = unpack_data(data, None, None)
    plan = fit_plan_of(x, y, batch_size=batch_size, sample_weight=weight, shuffle=False)
    try:
        prepared = training_access.begin(model, plan, OWNER)
        compute = training_access.compiled(jax.vmap(_loss_of_one(model), (None, 0)))
        values, losses = model.current_values(), []
        for batch, rows in prepared.through(plan.train.epoch(0)):
            losses.append(np.asarray(compute(values, batch[:3]))[:rows])
    finally:
        plan.close()
    return np.concatenate(losses).astype(np.float64)


def _loss_of_one(model):
    """(values, (x, y, weight) of one example) -> its loss, at inference."""
    parts, objective = model.compiled_steps, model.compiled_objective

    def loss(values, example):
        x, y, weight = jax.tree.map(lambda leaf: leaf[None], example)
        alone = np.ones(1, np.float32)
        applied = parts.forward(values, x, False, jax.random.key(0), alone)
        return objective.loss(y, applied, weight, alone)[0]

    return loss


def _rate(values, thresholds):
    """The share of `values` that are at most each threshold."""
    return np.searchsorted(np.sort(values), thresholds, side="right") / len(values)


def _best_threshold(positives, negatives, delta):
    """The threshold with the greatest bound, of those that some value reaches."""
    thresholds = np.unique(positives)
    hits = np.searchsorted(np.sort(positives), thresholds, side="right")
    alarms = np.searchsorted(np.sort(negatives), thresholds, side="right")
    bounds = _bound(hits, len(positives), alarms, len(negatives), delta)
    return thresholds[np.argmax(bounds)]


def _bound(hits, positives, false_alarms, negatives, delta):
    """The epsilon below which such rates are improbable (Clopper and Pearson)."""
    level = (1 - CONFIDENCE) / 2
    hits, false_alarms = np.asarray(hits), np.asarray(false_alarms)
    low = np.where(
        hits > 0, beta.ppf(level, np.maximum(hits, 1), positives - hits + 1), 0
    )
    high = np.where(
        false_alarms < negatives,
        beta.ppf(1 - level, false_alarms + 1, np.maximum(negatives - false_alarms, 1)),
        1,
    )
    return np.log(np.maximum((low - delta) / high, 1))
