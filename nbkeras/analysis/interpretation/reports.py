"""Classification reports from labels and probabilities."""

from dataclasses import dataclass

import numpy as np

# Bins of the reliability diagram.
BINS = 10


@dataclass(frozen=True)
class ClassReport:
    """Precision and recall by class, each (classes,); 0 where undefined.

    Attributes:
        precision: fraction of the rows predicted as the class that belong to it.
        recall: fraction of the rows of the class that are predicted as it.
        f1: harmonic mean of both. support: number of rows of the class.
    """

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray


@dataclass(frozen=True)
class Calibration:
    """A reliability diagram: accuracy against confidence.

    Attributes:
        edges: (bins + 1,) confidence edges. count: (bins,) predictions per bin.
        confidence, accuracy: (bins,) means per bin; NaN if it is empty.
        ece: expected calibration error, the mean gap weighted by count.
    """

    edges: np.ndarray
    count: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    ece: float


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


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, k: int) -> np.ndarray:
    """int64 (k, k): how often each class (rows) was predicted as each (columns).

    >>> confusion_matrix(np.array([0, 1, 1]), np.array([0, 0, 1]), 2).tolist()
    [[1, 0], [1, 1]]
    """
    pairs = np.bincount(k * labels.astype("int64") + predicted, minlength=k * k)
    return pairs.reshape(k, k)


def class_report(confusion: np.ndarray) -> ClassReport:
    """The ClassReport of a confusion matrix.

    >>> class_report(np.array([[1, 0], [1, 1]])).recall.tolist()
    [1.0, 0.5]
    """
    right = np.diag(confusion).astype("float64")
    support, predictions = confusion.sum(axis=1), confusion.sum(axis=0)
    precision, recall = _share(right, predictions), _share(right, support)
    f1 = _share(2 * right, support + predictions)
    return ClassReport(precision, recall, f1, support)


def calibration(confidence: np.ndarray, right: np.ndarray) -> Calibration:
    """Compare confidence with accuracy.

    Args:
        confidence: (n,) probability of the predicted class, 0 to 1.
        right: (n,) whether the prediction is correct.

    Source: Guo et al., "On Calibration of Modern Neural Networks" (ICML 2017); bins of
    equal width, closed on the right.
    """
    edges = np.linspace(0, 1, BINS + 1)
    place = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    count = np.bincount(place, minlength=BINS)
    with np.errstate(invalid="ignore"):
        mean_confidence = np.bincount(place, confidence, BINS) / count
        accuracy = np.bincount(place, right, BINS) / count
    gaps = np.nan_to_num(abs(accuracy - mean_confidence))
    ece = float((gaps * count).sum() / max(count.sum(), 1))
    return Calibration(edges, count, mean_confidence, accuracy, ece)


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


def _share(part, whole):
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
