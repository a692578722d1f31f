"""The confusion matrix of a classifier, with precision and recall by class."""

from dataclasses import dataclass

import numpy as np


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


def _share(part, whole):
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
