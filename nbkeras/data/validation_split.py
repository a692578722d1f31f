"""`validation_split`: hold out the last rows of the data for validation."""

import math
from typing import Any

import jax
import numpy as np

from nbkeras.core import notices
from nbkeras.data.array_batches import rows_of
from nbkeras.data.class_weights import class_numbers

MAX_CLASSES = 100


def cut(data: Any, fraction: float, owner: str = "fit") -> tuple[Any, Any]:
    """Hold out the last rows for validation, before any shuffling.

    Args:
        data: tree of arrays (rows, ...), for example (x, y, weight).
        fraction: fraction of rows for validation, above 0 and below 1.
        owner: name of the calling function in messages.

    Returns:
        (training, validation), trees like `data`: the first
        floor(rows * (1 - fraction)) rows, and the rest.

    Raises:
        ValueError: one of the two parts would be empty.

    Source: the rule of Keras's `validation_split`.

    >>> train, validation = cut(np.arange(10), 0.25)
    >>> len(train), len(validation)
    (7, 3)
    """
    rows = rows_of(data)
    num_train = math.floor(rows * (1.0 - fraction))
    if num_train == 0 or num_train == rows:
        raise ValueError(
            f"{owner}(validation_split={fraction}): of {rows} rows this leaves "
            f"{num_train} for training and {rows - num_train} for validation. Both "
            "need at least one row: give more data or another validation_split."
        )
    return (
        jax.tree.map(lambda leaf: leaf[:num_train], data),
        jax.tree.map(lambda leaf: leaf[num_train:], data),
    )


def warn_if_sorted(y_train: Any, y_validation: Any) -> None:
    """Give one notice if validation has classes that no training row has."""
    train, validation = class_numbers(y_train), class_numbers(y_validation)
    if train is None or validation is None:
        return
    seen = np.unique(train)
    unseen = np.setdiff1d(validation, seen)
    rows = int(np.isin(validation, unseen).sum())
    num_classes = len(seen) + len(unseen)
    # Class numbers repeat; integer quantities hardly ever do.
    is_repeated = rows >= 2 * len(unseen) and len(train) >= 2 * len(seen)
    if num_classes > MAX_CLASSES or not is_repeated or 10 * rows < len(validation):
        return
    shown = ", ".join(str(label) for label in unseen[:5])
    notices.once(
        "validation_split sorted",
        f"validation_split keeps the last {len(validation)} rows; {rows} of them are "
        f"of classes that no training row has ({shown}). The data looks sorted. "
        "Shuffle it first: order = np.random.default_rng(0).permutation(len(x)); "
        "x, y = x[order], y[order].",
    )
