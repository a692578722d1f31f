"""Class numbers of the rows of a classifier's targets."""

from typing import Any

import numpy as np


def class_labels(y: Any) -> np.ndarray | None:
    """(rows,) class numbers of targets; None for other targets.

    Args:
        y: class numbers (rows,) or (rows, 1), or one-hot rows (rows, classes).

    >>> class_labels([[0, 1, 0], [1, 0, 0]]).tolist(), class_labels([0.5])
    ([1, 0], None)
    """
    labels = np.asarray(y)
    if labels.ndim not in (1, 2) or labels.dtype.kind not in "fiub":
        return None
    if labels.ndim == 2 and labels.shape[1] > 1:
        is_one_hot = np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()
        return labels.argmax(axis=1) if is_one_hot else None
    labels = labels.reshape(-1)
    return labels.astype("int64") if (labels == np.rint(labels)).all() else None
