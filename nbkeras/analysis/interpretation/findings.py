"""Findings: what the predictions on a data set say about model and labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nbkeras.analysis.interpretation.interpretation import Interpretation

# Fewer rows say little about rates.
FEWEST_ROWS = 60
# Rates that differ by so many standard deviations differ.
DEVIATIONS = 3.0
# Fraction of the rows in one class that hides the others.
LARGEST = 0.8
# Fraction of the rows that are predicted as one class, where that is a collapse.
COLLAPSED = 0.95
# Renumbered classes: most rows of this fraction of the classes go to another class.
MOST_OF_CLASS, MOST_CLASSES = 0.5, 0.7
# Mean difference of confidence and accuracy that is reported.
MISCALIBRATED = 0.2


class Kind(StrEnum):
    """Kinds of findings, the most urgent first."""

    RENUMBERED = "renumbered"
    UNRELATED = "unrelated"
    COLLAPSED = "collapsed"
    CHANCE = "chance"
    LARGEST_ONLY = "largest_only"
    RARE_LABEL = "rare_label"
    UNDERCONFIDENT = "underconfident"
    OVERCONFIDENT = "overconfident"


SENTENCES = {
    Kind.RENUMBERED: (
        "The labels of these rows are numbered differently from those the model was "
        "trained with: most rows labelled {first} are predicted as {second}, and so on "
        "for the other classes{shift}. Use the same numbering (or class_names) for all "
        "parts of the data."
    ),
    Kind.UNRELATED: (
        "Rows that look alike have the same label in {agreement} of the cases, where "
        "chance alone gives {chance}: the labels do not seem to belong to these rows. "
        "Check that x and y were not shuffled or sorted separately."
    ),
    Kind.CHANCE: (
        "An accuracy of {accuracy} is no better than chance ({chance}). Look at a step "
        "of training first: nbkeras.xray(model, (x, y)) names frozen and dead layers, "
        "unscaled inputs, and steps that are too small or too large. If it finds "
        "nothing, interpret the training data: where that is no better, its labels may "
        "not belong to its rows; where it is much better, these rows are scaled or "
        "labelled differently from those of training."
    ),
    Kind.LARGEST_ONLY: (
        "{share} of the rows have the label {first}, so always answering it is as "
        "accurate as this model: the accuracy says little. Recall of {second} is "
        "{recall}. The classes are imbalanced: try fit(class_weight={{...}}), or more "
        "rows of the small classes."
    ),
    Kind.RARE_LABEL: (
        "{share} of the rows are {first}, so always answering that is as accurate as "
        "this model: the accuracy says little. Recall of {second} is {recall}. Give "
        "more rows with this label, or choose a threshold lower than 0.5 for it."
    ),
    Kind.COLLAPSED: (
        "The model answers {first} for {share} of the rows, whatever the input. Look "
        "at a step of training: nbkeras.xray(model, (x, y)) names dead or saturated "
        "units, batches of one class, and a learning rate that is too large."
    ),
    Kind.UNDERCONFIDENT: (
        "The confidence of the model ({confidence}) is below its accuracy "
        "({accuracy}). If the loss still falls, train for more epochs; else it is "
        "held back by strong dropout, augmentation or regularizers (nbkeras.xray "
        "names them), or by a softmax that is applied twice (nbkeras.lint does)."
    ),
    Kind.OVERCONFIDENT: (
        "The confidence of the model ({confidence}) is above its accuracy "
        "({accuracy}). Interpret the training data too: where the accuracy is much "
        "higher there, the model overfits, or these rows or labels differ from those "
        "of training; where it is as low, outputs are very large (nbkeras.xray)."
    ),
}


@dataclass(frozen=True)
class Finding:
    """A finding about the predictions of a classifier.

    Args:
        kind: a `Kind`.
        classes: names of the classes concerned.
        values: numbers used in its message.
    """

    kind: Kind
    classes: tuple[str, ...] = ()
    values: dict[str, float] = field(default_factory=dict)


def in_words(finding: Finding, template: str | None = None) -> str:
    """A finding as a sentence.

    Args:
        finding: the finding.
        template: a sentence with fields in braces; None for the English one.
    """
    values: dict[str, str] = {
        name: f"{100 * value:.3g} %" for name, value in finding.values.items()
    }
    offset = finding.values.get("offset", 0)
    values["shift"] = f" (k → k {offset:+.0f})" if offset else ""
    values["first"] = finding.classes[0] if finding.classes else ""
    values["second"] = ", ".join(finding.classes[1:4])
    return (template or SENTENCES[finding.kind]).format(**values)


def diagnose(result: Interpretation) -> list[Finding]:
    """The findings of an interpretation, the most urgent first; [] if there are none.

    Args:
        result: an Interpretation of at least 60 rows.
    """
    if len(result) < FEWEST_ROWS or len(result.class_names) < 2:
        return []
    renumbered = _renumbered(result)
    if renumbered is not None:
        return [renumbered]
    findings = [rule(result) for rule in RULES]
    return [finding for finding in findings if finding is not None]


def _renumbered(result):
    """Most classes are predicted as another one, each as a different one."""
    confusion = result.confusion
    support = confusion.sum(axis=1)
    present = np.flatnonzero(support >= 3)
    if len(present) < 3:
        return None
    targets = confusion[present].argmax(axis=1)
    shares = confusion[present, targets] / support[present]
    moved = (shares >= MOST_OF_CLASS) & (targets != present)
    if moved.mean() < MOST_CLASSES or len(set(targets[moved])) < moved.sum():
        return None
    names = result.class_names
    pairs = list(zip(present[moved], targets[moved], strict=True))
    k = len(names)
    offsets = {(target - label) % k for label, target in pairs}
    offset = offsets.pop() if len(offsets) == 1 else 0
    values = {"offset": offset if offset <= k // 2 else offset - k}
    label, target = pairs[0]
    return Finding(Kind.RENUMBERED, (names[label], names[target]), values)


def _largest(result):
    """(class number, fraction of the rows) of the most frequent label."""
    counts = np.bincount(result.labels, minlength=len(result.class_names))
    return int(counts.argmax()), float(counts.max() / len(result))


def _is_chance(result):
    _, share = _largest(result)
    error = np.sqrt(share * (1 - share) / len(result))
    return result.accuracy <= share + DEVIATIONS * error


def _unrelated(result):
    """Rows with similar inputs have other labels as often as by chance."""
    agreement, chance, rows = result.neighbours or (1.0, 0.0, 1)
    error = np.sqrt(chance * (1 - chance) / rows)
    is_random = agreement <= chance + DEVIATIONS * error
    if rows < FEWEST_ROWS or not is_random or chance >= LARGEST:
        return None
    if result.accuracy > 0.9:  # the model sees what neighbours do not
        return None
    return Finding(Kind.UNRELATED, (), {"agreement": agreement, "chance": chance})


def _chance(result):
    _, share = _largest(result)
    if not _is_chance(result) or share >= LARGEST:
        return None
    if _unrelated(result) or _collapsed(result):
        return None
    return Finding(Kind.CHANCE, (), {"accuracy": result.accuracy, "chance": share})


def _largest_only(result):
    label, share = _largest(result)
    if share < LARGEST or not _is_chance(result):
        return None
    recall = result.report.recall
    others = [i for i, s in enumerate(result.report.support) if s and i != label]
    missed = [i for i in others if recall[i] < 0.5]
    if not missed:
        return None
    names = tuple(result.class_names[i] for i in (label, *missed))
    kind = Kind.LARGEST_ONLY if result.label_column is None else Kind.RARE_LABEL
    return Finding(kind, names, {"share": share, **_worst(result, missed)})


def _worst(result, missed):
    return {"recall": float(min(result.report.recall[i] for i in missed))}


def _collapsed(result):
    counts = np.bincount(result.predicted, minlength=len(result.class_names))
    label, share = int(counts.argmax()), float(counts.max() / len(result))
    _, largest = _largest(result)
    if share < COLLAPSED or largest >= LARGEST:
        return None
    return Finding(Kind.COLLAPSED, (result.class_names[label],), {"share": share})


def _miscalibrated(result):
    confidence = float(result.confidence.mean())
    values = {"confidence": confidence, "accuracy": result.accuracy}
    if result.accuracy - confidence > MISCALIBRATED:
        return Finding(Kind.UNDERCONFIDENT, (), values)
    if confidence - result.accuracy > MISCALIBRATED and not _unrelated(result):
        return Finding(Kind.OVERCONFIDENT, (), values)
    return None


RULES = (_unrelated, _collapsed, _chance, _largest_only, _miscalibrated)
