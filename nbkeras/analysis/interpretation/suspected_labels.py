"""Suspected labels: those that are probably wrong, by confident learning."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Suspects:
    """Labels that the model contradicts, the largest margin first.

    Attributes:
        rows: row numbers. suggested: the class suggested for each row.
        margin: confidence in the suggested class minus that in the label.
        thresholds: (classes,) mean confidence in each class over the rows with that
            label; NaN if there are none.
    """

    rows: np.ndarray
    suggested: np.ndarray
    margin: np.ndarray
    thresholds: np.ndarray


def suspects(labels: np.ndarray, probabilities: np.ndarray) -> Suspects:
    """Find labels that are probably wrong, by confident learning.

    The threshold of a class is the mean confidence in it over the rows with that label.
    A row is suspected if its confidence in another class reaches that class's threshold
    and exceeds the confidence in its label; the most confident such class is suggested.
    Rows are sorted by decreasing difference.

    Source: Northcutt, Jiang, Chuang, "Confident Learning: Estimating Uncertainty in
    Dataset Labels", JAIR 70 (2021).

    Args:
        labels: (n,) class numbers.
        probabilities: (n, classes), preferably of a model not trained on these rows.
    """
    n, k = probabilities.shape
    own = probabilities[np.arange(n), labels].astype("float64")
    count = np.bincount(labels, minlength=k)
    with np.errstate(invalid="ignore"):
        thresholds = np.bincount(labels, own, k) / count
    candidates = probabilities >= np.nan_to_num(thresholds, nan=np.inf)
    candidates[np.arange(n), labels] = False
    confident = np.where(candidates, probabilities, -1.0)
    suggested = confident.argmax(axis=1)
    margin = confident[np.arange(n), suggested] - own
    rows = np.flatnonzero(candidates.any(axis=1) & (margin > 0))
    rows = rows[np.argsort(-margin[rows], kind="stable")]
    return Suspects(rows, suggested[rows], margin[rows], thresholds)
