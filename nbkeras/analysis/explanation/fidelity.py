"""Fidelity: deletion and insertion curves, their areas, rank correlation of maps."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

# Points of a deletion or insertion curve, at equal fractions of the pixels.
CURVE_STEPS = 21


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


def deletion_and_insertion(
    confidences: Callable[[np.ndarray, np.ndarray], ArrayLike],
    pixels: int,
    rows: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The deletion and the insertion curve, (CURVE_STEPS,) confidences each.

    Args:
        confidences: (counts, keep) -> confidences, each (rows,): the answers when the
            first `counts` pixels of the order are erased, or alone kept.
        pixels: of the image.
        rows: images that one call of `confidences` takes.

    Source: Petsiuk, Das, Saenko, "RISE: Randomized Input Sampling for Explanation of
    Black-box Models" (BMVC 2018).
    """
    counts = np.rint(np.linspace(0, 1, CURVE_STEPS) * pixels).astype("int32")
    counts = np.concatenate([counts, counts])
    keep = np.arange(len(counts)) >= CURVE_STEPS
    whole = -(-len(counts) // rows) * rows
    padded = np.resize(counts, whole), np.resize(keep, whole)
    parts = [
        confidences(*part)
        for part in zip(*(a.reshape(-1, rows) for a in padded), strict=True)
    ]
    curve = np.concatenate([np.asarray(part) for part in parts])
    return curve[:CURVE_STEPS], curve[CURVE_STEPS : 2 * CURVE_STEPS]


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
