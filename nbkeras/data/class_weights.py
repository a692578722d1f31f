"""`class_weight`: a weight for each sample, looked up by its class."""

import math
import numbers
from typing import Any

import numpy as np

from nbkeras.core import notices, structured_errors
from nbkeras.data.checks import values as checks


def class_numbers(y: Any) -> np.ndarray | None:
    """The class of each row from integer or one-hot labels; None for other targets."""
    if not hasattr(y, "shape") or not hasattr(y, "dtype"):
        return None
    if np.dtype(y.dtype).kind in "iub" and (y.ndim == 1 or y.shape[1:] == (1,)):
        return np.asarray(y).reshape(-1).astype(np.int64)
    if y.ndim == 2 and y.shape[1] > 1:
        y = np.asarray(y)
        if (y.sum(axis=1) == 1).all() and (y.max(axis=1) == 1).all():
            return y.argmax(axis=1)
    return None


class ClassWeights:
    """`class_weight` as a lookup table: `table(y)` returns the weight of each label.

    Args:
        table: {class number: weight}, or a list with one weight a class.
        owner: the function that messages name.
        class_numbers: True if labels are class numbers whatever their shape, as
            sparse_categorical_crossentropy takes them; False if the loss measures a
            distance, so that they may be quantities; None to see it from them.

    Raises:
        TypeError: neither a dict nor a list.
        ValueError: keys that are no class numbers, or weights below 0.
    """

    def __init__(
        self, table: Any, owner: str = "fit", class_numbers: Any = None
    ) -> None:
        if isinstance(table, list | tuple | np.ndarray):
            table = dict(enumerate(table))
        if not isinstance(table, dict):
            raise TypeError(
                f"{owner}(class_weight={table!r}) must be a dict from class number to "
                f"weight. Write for example {owner}(class_weight={{0: 1.0, 1: 5.0}})."
                f"{_balanced(table)}"
            )
        checked = {
            _class_number(key, owner): _weight(owner, table, key) for key in table
        }
        self.class_numbers = class_numbers
        self.numbers = np.array(sorted(checked), np.int64)
        self.values = np.array([checked[k] for k in sorted(checked)], np.float32)

    def __call__(self, y: Any) -> np.ndarray:
        """The float32 weights of labels `y`, integers or one-hot.

        Shapes:
            y (rows,) or (rows, 1) -> (rows,); class numbers (rows, steps) or
            (rows, height, width) -> the same, one weight a place; one-hot
            (rows, ..., classes) -> (rows, ...).

        Raises:
            ValueError: several targets, or quantities in place of classes.
        """
        if not hasattr(y, "shape"):
            raise ValueError(
                "class_weight supports one target array, and y has several. Give "
                "sample_weight with one weight per row instead."
            )
        y = np.asarray(y)
        if self.class_numbers is False:
            checks.classes("y", y)
        if y.ndim > 1 and y.shape[-1] == 1:
            y = y[..., 0]
        elif y.ndim > 1 and not (self.class_numbers or _beyond_one_hot(y)):
            y = y.argmax(axis=-1)
        labels = np.rint(y).astype(np.int64)
        if not len(self.numbers):
            return np.ones(labels.shape, np.float32)
        at = np.searchsorted(self.numbers, labels).clip(max=len(self.numbers) - 1)
        has_weight = self.numbers[at] == labels
        if not has_weight.all():
            _say_missing(np.unique(labels[~has_weight]))
        return np.where(has_weight, self.values[at], np.float32(1))


def _beyond_one_hot(y: np.ndarray) -> bool:
    """Whether whole numbers above 1 say that `y` holds class numbers."""
    return y.dtype.kind in "iu" and y.size > 0 and y.max() > 1


def _class_number(key: Any, owner: str) -> int:
    whole = isinstance(key, numbers.Real) and not isinstance(key, bool)
    if whole and float(key).is_integer():
        return int(float(key))
    raise ValueError(
        f"{owner}(class_weight=...) has the key {key!r}; keys must be class numbers. "
        f"Write for example {owner}(class_weight={{0: 1.0, 1: 5.0}}); for images from "
        "folders, iterator.class_indices maps names to numbers."
    )


def _weight(owner: str, table: dict, key: Any) -> float:
    weight = table[key]
    real = isinstance(weight, numbers.Real) and not isinstance(weight, bool)
    if real and 0 <= float(weight) < math.inf:
        return float(weight)
    excerpt = dict(table) if len(table) <= 4 else {key: weight}
    raise structured_errors.argument(
        owner,
        "class_weight",
        excerpt,
        f"finite numbers of at least 0, and that of class {key!r} is {weight!r}",
        str({**excerpt, key: 1.0}),
        "" if len(table) <= 4 else " (the other classes stay as they are)",
    )


def _balanced(table):
    if table != "balanced":
        return ""
    return (
        " For balanced weights write n = np.bincount(y); class_weight = "
        "dict(enumerate(len(y) / (len(n) * n)))."
    )


def _say_missing(labels):
    shown = ", ".join(str(label) for label in labels[:5])
    notices.once(
        ("class_weight", shown),
        f"class_weight has no entry for the classes {shown} that occur in y; they get "
        f"weight 1. To silence this notice, write class_weight={{..., {labels[0]}: "
        "1.0}.",
    )
