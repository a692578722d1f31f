"""`validation_split`: the last rows of the data, held out for validation."""

import math
from typing import Any

import jax
import numpy as np

from nbkeras.core import notices
from nbkeras.data.batches import rows_of
from nbkeras.data.class_weights import class_numbers

MOST_CLASSES = 100


def cut(data: Any, fraction: float, owner: str = "fit") -> tuple[Any, Any]:
    """Hold out the last rows for validation, before anything is shuffled.

    Args:
        data: tree of arrays with equally many rows n, for example (x, y, weight).
        fraction: share to keep, above 0 and below 1.
        owner: the function that the message names.

    Returns:
        (first floor(n * (1 - fraction)) rows, the rest), both trees like `data`.

    Raises:
        ValueError: one of the two parts would be empty.

    Source: the rule of Keras's `validation_split`.

    >>> train, held = cut(np.arange(10), 0.25)
    >>> len(train), len(held)
    (7, 3)
    """
    rows = rows_of(data)
    at = math.floor(rows * (1.0 - fraction))
    if at == 0 or at == rows:
        raise ValueError(
            f"{owner}(validation_split={fraction}): of {rows} rows this leaves "
            f"{at} for training and {rows - at} for validation. Both need at least "
            "one row: give more data or another validation_split."
        )
    return (
        jax.tree.map(lambda leaf: leaf[:at], data),
        jax.tree.map(lambda leaf: leaf[at:], data),
    )


def say_if_sorted(y_train: Any, y_held: Any) -> None:
    """Give one notice if validation rows have classes that no training row has."""
    before, kept = class_numbers(y_train), class_numbers(y_held)
    if before is None or kept is None:
        return
    seen = np.unique(before)
    unseen = np.setdiff1d(kept, seen)
    rows = int(np.isin(kept, unseen).sum())
    classes = len(seen) + len(unseen)
    # Integer quantities are hardly ever repeated; class numbers are.
    repeated = rows >= 2 * len(unseen) and len(before) >= 2 * len(seen)
    if classes > MOST_CLASSES or not repeated or 10 * rows < len(kept):
        return
    shown = ", ".join(str(label) for label in unseen[:5])
    notices.once(
        "validation_split sorted",
        f"validation_split keeps the last {len(kept)} rows; {rows} of them are of "
        f"classes that no training row has ({shown}). The data looks sorted. Shuffle "
        "it first: order = np.random.default_rng(0).permutation(len(x)); x, y = "
        "x[order], y[order].",
    )
