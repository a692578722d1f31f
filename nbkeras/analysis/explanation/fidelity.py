"""Fidelity of maps: pixel orders, areas under curves, rank correlation."""

import numpy as np


def pixel_ranks(heat: np.ndarray, seed: int = 0) -> np.ndarray:
    """The rank of each pixel in order of decreasing heat, int32 (height, width).

    Ties are ordered randomly, not from the top left to the bottom right.

    >>> pixel_ranks(np.array([[1.0, 3.0], [2.0, 0.0]])).tolist()
    [[2, 0], [1, 3]]
    """
    flat = np.asarray(heat, "float64").ravel()
    order = np.lexsort((np.random.default_rng(seed).permutation(flat.size), -flat))
    ranks = np.empty(flat.size, "int32")
    ranks[order] = np.arange(flat.size)
    return ranks.reshape(np.shape(heat))


def area(fractions: np.ndarray, curve: np.ndarray) -> float:
    """The area under a curve over fractions 0 to 1, by the trapezoidal rule.

    >>> area(np.array([0, 0.5, 1]), np.array([1.0, 0.0, 0.0]))
    0.25
    """
    return float(np.trapezoid(np.asarray(curve, "float64"), fractions))


def rank_correlation(a: np.ndarray, b: np.ndarray) -> float | None:
    """Spearman's rank correlation of two maps; None where one of them is constant.

    Source: Spearman, "The Proof and Measurement of Association between Two Things",
    American Journal of Psychology 15 (1904). Tied values get their mean rank.

    >>> rank_correlation(np.array([1, 2, 3]), np.array([10, 20, 90]))
    1.0
    """
    a, b = _mean_ranks(a), _mean_ranks(b)
    a, b = a - a.mean(), b - b.mean()
    size = np.sqrt((a * a).sum() * (b * b).sum())
    return round(float((a * b).sum() / size), 12) if size > 0 else None


def _mean_ranks(values):
    _, inverse, counts = np.unique(
        np.ravel(values), return_inverse=True, return_counts=True
    )
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]
