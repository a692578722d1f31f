"""How often rows that look alike share their label."""

import numpy as np

# Neighbours are compared among so many rows, of so many values each.
NEIGHBOUR_ROWS, NEIGHBOUR_VALUES = 1000, 4096


def neighbour_agreement(
    x: np.ndarray, labels: np.ndarray
) -> tuple[float, float] | None:
    """How often the nearest neighbour of a row has its label, and by chance.

    Labels that belong to their rows agree far more often than by chance for nearly all
    data; those that were shuffled do not.

    Args:
        x: (rows, ...) inputs. labels: (rows,) class numbers.

    Returns:
        (fraction of agreeing neighbours, expected fraction by chance), or None if rows
        are equal or have no values.

    >>> x = np.array([0.0, 0.1, 5.0, 5.1])[:, None]
    >>> neighbour_agreement(x, np.array([0, 0, 1, 1]))
    (1.0, 0.3333333333333333)
    """
    rows = np.asarray(x, "float32").reshape(len(x), -1)
    rows = rows[:, :: -(-rows.shape[1] // NEIGHBOUR_VALUES)] if rows.size else rows
    if len(rows) < 2 or not np.isfinite(rows).all() or not rows.std() > 0:
        return None
    return nearest_agreement(rows, rows, labels), chance_agreement(labels)


def nearest_agreement(
    rows: np.ndarray, others: np.ndarray, labels: np.ndarray
) -> float:
    """The fraction of the rows whose nearest one among the others has their label.

    Args:
        rows: (rows, ...) inputs.
        others: (rows, ...) inputs; number k is not compared with row k.
        labels: (rows,) class numbers of both.
    """
    rows, others = rows.reshape(len(rows), -1), others.reshape(len(others), -1)
    # Squared distances, without the term that is the same for all others of a row.
    distances = (others**2).sum(axis=1) - 2 * (rows @ others.T)
    np.fill_diagonal(distances, np.inf)
    return float((labels[distances.argmin(axis=1)] == labels).mean())


def chance_agreement(labels: np.ndarray) -> float:
    """The fraction of all pairs of rows that have the same label.

    >>> chance_agreement(np.array([0, 0, 1, 1]))
    0.3333333333333333
    """
    _, counts = np.unique(labels, return_counts=True)
    n = len(labels)
    return float((counts * (counts - 1)).sum() / max(n * (n - 1), 1))
