"""Findings: problems that an XRay shows, and the layers they concern."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from nbkeras.analysis.xray.layer_statistics import BOUNDED, RECTIFIERS
from nbkeras.analysis.xray.look import XRay

# Inputs above this count as unscaled: they inflate the gradients of the first layer.
LARGE_INPUT = 20.0
# Inputs that are never above this hardly count beside the bias.
TINY_INPUT = 0.02
# Fraction of dead units, or of saturated values, that is reported.
MANY = 0.4
# Ratio of the first layer's gradient to the last layer's, each relative to its weights.
VANISHED, EXPLODED = 1e-3, 1e3
# Relative weight changes above or below which a step is too large or too small; about
# 1e-3 is usual.
STEP_LARGE, STEP_SMALL = 0.1, 1e-6
# A gradient that is clipped by more than this does not say how far to go.
CLIPPED_TIMES = 100.0
# The largest relative change of a sound step, and the most that the advice for a too
# large step divides the learning rate by.
SOUND_STEP, MOST_TIMES = 0.01, 1000
# Magnitude of gradients and activations that no healthy network reaches.
HUGE = 1e4
# Kernels that are so many times larger than those of he_normal.
LARGE_KERNEL = 8.0
# Fraction of the loss, and of the weights in one step, that regularization may take.
PENALTY_SHARE, DECAY_STEP = 0.5, 0.01
# Fraction of the rows that random layers may spoil.
SPOILT = 0.25
# Fraction of what neighbours tell about the label that augmentation may take, and the
# least that they must tell.
DESTROYED, TELLING = 0.93, 0.3
# Rows of one class by chance are rare from this number on.
FEWEST_LABELS = 8
# Dead units cannot be told from fewer rows.
FEWEST_ROWS = 16
# Layers that scale their inputs.
SCALING = ("Rescaling", "Normalization", "BatchNormalization", "LayerNormalization")
SCALING += ("GroupNormalization", "UnitNormalization", "Embedding")


class Kind(StrEnum):
    """Kinds of findings, the most urgent first."""

    NOT_FINITE = "not_finite"
    UNSCALED = "unscaled"
    TINY_INPUTS = "tiny_inputs"
    LARGE_WEIGHTS = "large_weights"
    ONE_CLASS = "one_class"
    ALIKE = "alike"
    EXPLODING = "exploding"
    DEAD = "dead"
    SATURATED = "saturated"
    NO_GRADIENT = "no_gradient"
    VANISHING = "vanishing"
    PENALTY = "penalty"
    DECAY = "decay"
    AUGMENTATION = "augmentation"
    RANDOM = "random"
    STEP_LARGE = "step_large"
    STEP_SMALL = "step_small"
    CLIPPED = "clipped"
    FROZEN = "frozen"


@dataclass(frozen=True)
class Finding:
    """A problem found in a training step.

    Args:
        kind: a `Kind`.
        layers: names of the layers concerned, in order.
        values: numbers used in its message.
    """

    kind: Kind
    layers: tuple[str, ...] = ()
    values: dict[str, float] = field(default_factory=dict)


def diagnose(look: XRay) -> list[Finding]:
    """The findings of one step, the most urgent first; [] if there are none.

    If values are not finite, that is the only finding: nothing else can be measured.

    Args:
        look: an XRay.
    """
    broken = [layer.name for layer in look.layers if not _is_finite(layer)]
    if broken or not math.isfinite(look.loss):
        return [Finding(Kind.NOT_FINITE, tuple(broken[:3]), {"loss": look.loss})]
    findings = [rule(look) for rule in RULES]
    return [finding for finding in findings if finding is not None]


def _is_finite(layer):
    parts = (layer.output, layer.weights)
    return all(part is None or part.is_finite for part in parts)


def _unscaled(look):
    layer = _first_unscaled(look)
    if layer is None or layer.input_size <= LARGE_INPUT:
        return None
    return Finding(Kind.UNSCALED, (layer.name,), {"size": layer.input_size})


def _tiny_inputs(look):
    layer = _first_unscaled(look)
    if layer is None or not 0 < layer.input_size < TINY_INPUT:
        return None
    return Finding(Kind.TINY_INPUTS, (layer.name,), {"size": layer.input_size})


def _first_unscaled(look):
    """The first layer with weights, if its inputs are floats that no layer scales."""
    for layer in look.layers:
        if layer.kind in SCALING:
            return None
        if layer.weights or layer.is_frozen:
            return None if layer.input_size is None else layer
    return None


def _large_weights(look):
    layers = [
        (layer.weights.scale, layer.name)
        for layer in look.layers
        if layer.weights and (layer.weights.scale or 0) > LARGE_KERNEL
    ]
    if not layers:
        return None
    names = tuple(name for _, name in layers)
    return Finding(Kind.LARGE_WEIGHTS, names, _range("times", layers))


def _one_class(look):
    if look.label is None or look.rows < FEWEST_LABELS:
        return None
    return Finding(Kind.ONE_CLASS, (), {"rows": look.rows, "label": look.label})


def _penalty(look):
    share = look.penalty / look.loss if look.loss > 0 else 0.0
    return (
        Finding(Kind.PENALTY, (), {"share": share}) if share > PENALTY_SHARE else None
    )


def _decay(look):
    if look.decay <= DECAY_STEP:
        return None
    return Finding(Kind.DECAY, (), {"share": look.decay})


def _augmentation(look):
    seen = look.augmentation
    if seen is None or look.rows < 2 * FEWEST_ROWS:
        return None
    told = seen.agreement - seen.chance
    if told < TELLING or seen.augmented - seen.chance > (1 - DESTROYED) * told:
        return None
    rates = ("agreement", "augmented", "chance")
    values = {name: getattr(seen, name) for name in rates}
    return Finding(Kind.AUGMENTATION, seen.layers, values)


def _random(look):
    random = look.random
    if random is None or random.at_rest - random.accuracy <= SPOILT:
        return None
    values = {"training": random.accuracy, "rest": random.at_rest}
    return Finding(Kind.RANDOM, random.layers, values)


def _alike(look):
    names = [layer.name for layer in look.layers if _is_alike(layer)]
    return Finding(Kind.ALIKE, tuple(names)) if names else None


def _is_alike(layer):
    """Whether all units compute the same, because their weights are equal or all 0."""
    if layer.output is None or layer.weights is None or layer.input_size == 0:
        return False
    return layer.weights.ratio is None or (
        layer.output.is_alike and layer.output.dead < 1
    )


def _exploding(look):
    trained = _trained(look)
    sizes = [(w.gradient / max(w.weight, 1e-30), layer.name) for layer, w in trained]
    huge = [(layer.output.rms, layer.name) for layer in look.layers if layer.output]
    worst = max(huge, default=(0.0, ""))
    steepest = max(((w.gradient, la.name) for la, w in trained), default=(0.0, ""))
    if steepest[0] > HUGE:
        return Finding(Kind.EXPLODING, (steepest[1],), {"size": steepest[0]})
    if worst[0] > HUGE and not _unscaled(look):
        return Finding(Kind.EXPLODING, (worst[1],), {"size": worst[0]})
    if len(sizes) > 2 and sizes[-1][0] > 0 and sizes[0][0] / sizes[-1][0] > EXPLODED:
        size = sizes[0][0] / sizes[-1][0]
        return Finding(Kind.EXPLODING, (sizes[0][1],), {"size": size})
    return None


def _range(name, layers):
    """{name: largest, "least": smallest} of pairs (number, name of a layer)."""
    return {name: max(layers)[0], "least": min(layers)[0]}


def _dead(look):
    if look.rows < FEWEST_ROWS:
        return None
    layers = [
        (layer.output.dead, layer.name)
        for layer in look.layers
        if layer.output
        and layer.activation in RECTIFIERS
        and layer.output.dead >= MANY
        and layer.input_size != 0  # what sends it nothing else is the cause
        and not _is_alike(layer)
    ]
    if not layers:
        return None
    names = tuple(name for _, name in layers)
    return Finding(Kind.DEAD, names, _range("share", layers))


def _saturated(look):
    layers = [
        (layer.output.saturated, layer.name)
        for layer in look.layers
        if layer.output
        and not layer.is_last
        and layer.activation in BOUNDED
        and layer.output.saturated >= MANY
    ]
    if not layers:
        return None
    names = tuple(name for _, name in layers)
    return Finding(Kind.SATURATED, names, _range("share", layers))


def _no_gradient(look):
    if _alike(look):  # then weights of 0 stop the gradient
        return None
    trained = _trained(look)
    dead = _dead_before(look)
    still = [la.name for la, w in trained if w.largest == 0 and la.name not in dead]
    if not still or (len(still) == len(trained) and look.loss == 0):
        return None
    return Finding(Kind.NO_GRADIENT, tuple(still))


def _dead_before(look):
    """Names of the layers up to the last one whose units are all dead."""
    if look.rows < FEWEST_ROWS:
        return set()
    names = [layer.name for layer in look.layers]
    ends = [
        i
        for i, layer in enumerate(look.layers)
        if layer.output and layer.activation in RECTIFIERS and layer.output.dead == 1
    ]
    return set(names[: ends[-1] + 1]) if ends else set()


def _vanishing(look):
    trained = [(la, w) for la, w in _trained(look) if w.weight > 0 and w.gradient > 0]
    if len(trained) < 3 or _large_weights(look) or _exploding(look):
        return None
    shares = [w.gradient / w.weight for _, w in trained]
    if shares[0] > VANISHED * shares[-1]:
        return None
    small = tuple(
        layer.name
        for (layer, _), share in zip(trained, shares, strict=True)
        if share <= VANISHED * shares[-1]
    )
    return Finding(Kind.VANISHING, small, {"times": shares[-1] / shares[0]})


def _step_large(look):
    ratio = _middle_ratio(look)
    if ratio is None or ratio <= STEP_LARGE:
        return None
    times = 10 ** max(1, math.floor(math.log10(ratio / SOUND_STEP)))
    values = {"share": ratio, "times": min(times, MOST_TIMES)}
    return Finding(Kind.STEP_LARGE, (), _rate(look) | values)


def _step_small(look):
    ratio = _middle_ratio(look)
    if ratio is None or ratio >= STEP_SMALL:
        return None
    if _dead_before(look) or _no_gradient(look) or _vanishing(look):
        return None  # the learning rate is not the cause
    if look.clipnorm and look.gradient_norm > CLIPPED_TIMES * look.clipnorm:
        times = look.gradient_norm / look.clipnorm
        values = {"share": ratio, "clipnorm": look.clipnorm, "times": times}
        return Finding(Kind.CLIPPED, (), values)
    return Finding(Kind.STEP_SMALL, (), _rate(look) | {"share": ratio})


def _frozen(look):
    names = tuple(layer.name for layer in look.layers if layer.is_frozen)
    return Finding(Kind.FROZEN, names, {"number": len(names)}) if names else None


RULES = (
    *(_unscaled, _tiny_inputs, _large_weights, _one_class, _alike, _exploding, _dead),
    *(_saturated, _no_gradient, _vanishing, _penalty, _decay, _augmentation, _random),
    *(_step_large, _step_small, _frozen),
)


def _trained(look):
    """[(layer, its weights)] of the layers that the step trains, in order."""
    return [(layer, layer.weights) for layer in look.layers if layer.weights]


def _middle_ratio(look):
    """The median update-to-weight ratio; None if no layer has one."""
    ratios = [w.ratio for _, w in _trained(look) if w.ratio is not None and w.largest]
    return float(np.median(ratios)) if ratios else None


def _rate(look):
    return {} if look.learning_rate is None else {"rate": look.learning_rate}
