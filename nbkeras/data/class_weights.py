"""`class_weight`: a sample weight for each row, looked up by its class."""

import math
import numbers
from typing import Any

import numpy as np

from nbkeras.core import notices
from nbkeras.core.errors import structured_errors
from nbkeras.data.checks import values as checks


def class_numbers(y: Any) -> np.ndarray | None:
    """The class (rows,) of integer or one-hot labels; None for other targets."""
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
        class_weight: {class number: weight}, or a list with one weight per class.
        owner: name of the calling function in messages.
        class_numbers: True if labels of any shape are class numbers, as for
            sparse_categorical_crossentropy; False if the loss is a regression loss, so
            that labels may be quantities; None to infer it from the labels.

    Raises:
        TypeError: `class_weight` is neither a dict nor a list.
        ValueError: a key is not a class number, or a weight is negative or not finite.
    """

    def __init__(
        self, class_weight: Any, owner: str = "fit", class_numbers: Any = None
    ) -> None:
        if isinstance(class_weight, list | tuple | np.ndarray):
            class_weight = dict(enumerate(class_weight))
        if not isinstance(class_weight, dict):
            raise TypeError(
                f"{owner}(class_weight={class_weight!r}) must be a dict from class "
                "number to weight. Write for example "
                f"{owner}(class_weight={{0: 1.0, 1: 5.0}}).{_balanced(class_weight)}"
            )
        weights = {
            _class_number(key, owner): _weight(owner, class_weight, key)
            for key in class_weight
        }
        self.class_numbers = class_numbers
        self.numbers = np.array(sorted(weights), np.int64)
        self.values = np.array([weights[n] for n in sorted(weights)], np.float32)

    def __call__(self, y: Any) -> np.ndarray:
        """The float32 weights of integer or one-hot labels.

        Shapes:
            y (rows,) or (rows, 1) -> (rows,); class numbers (rows, steps) or
            (rows, height, width) -> the same shape, one weight per label; one-hot
            (rows, ..., classes) -> (rows, ...).

        Raises:
            ValueError: there are several targets, or they are quantities.
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
        elif y.ndim > 1 and not (self.class_numbers or _exceeds_one_hot(y)):
            y = y.argmax(axis=-1)
        labels = np.rint(y).astype(np.int64)
        if not len(self.numbers):
            return np.ones(labels.shape, np.float32)
        indices = np.searchsorted(self.numbers, labels)
        indices = indices.clip(max=len(self.numbers) - 1)
        has_weight = self.numbers[indices] == labels
        if not has_weight.all():
            _warn_missing(np.unique(labels[~has_weight]))
        return np.where(has_weight, self.values[indices], np.float32(1))


def _exceeds_one_hot(y: np.ndarray) -> bool:
    """Whether `y` has integers above 1, so that it is class numbers, not one-hot."""
    return y.dtype.kind in "iu" and y.size > 0 and y.max() > 1


def _class_number(key: Any, owner: str) -> int:
    is_number = isinstance(key, numbers.Real) and not isinstance(key, bool)
    if is_number and float(key).is_integer():
        return int(float(key))
    raise ValueError(
        f"{owner}(class_weight=...) has the key {key!r}; keys must be class numbers. "
        f"Write for example {owner}(class_weight={{0: 1.0, 1: 5.0}}); for images from "
        "folders, iterator.class_indices maps names to numbers."
    )


def _weight(owner: str, class_weight: dict, key: Any) -> float:
    weight = class_weight[key]
    is_number = isinstance(weight, numbers.Real) and not isinstance(weight, bool)
    if is_number and 0 <= float(weight) < math.inf:
        return float(weight)
    excerpt = dict(class_weight) if len(class_weight) <= 4 else {key: weight}
    raise structured_errors.argument(
        owner,
        "class_weight",
        excerpt,
        f"finite numbers of at least 0, and that of class {key!r} is {weight!r}",
        str({**excerpt, key: 1.0}),
        "" if len(class_weight) <= 4 else " (the other classes stay as they are)",
    )


def _balanced(class_weight):
    if class_weight != "balanced":
        return ""
    return (
        " For balanced weights write n = np.bincount(y); class_weight = "
        "dict(enumerate(len(y) / (len(n) * n)))."
    )


def _warn_missing(labels):
    shown = ", ".join(str(label) for label in labels[:5])
    notices.once(
        ("class_weight", shown),
        f"class_weight has no entry for the classes {shown} that occur in y; they get "
        f"weight 1. To silence this notice, write class_weight={{..., {labels[0]}: "
        "1.0}.",
    )
