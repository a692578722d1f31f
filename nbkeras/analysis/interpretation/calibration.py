"""Calibration: how well the confidence of a classifier agrees with its accuracy."""

from dataclasses import dataclass

import numpy as np

# Bins of the reliability diagram.
BINS = 10


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
