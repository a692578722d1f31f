"""Confusion over epochs: how a run's model took classes for others at a kept epoch."""

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.analysis.interpretation.confusion_matrix import confusion_matrix
from nbkeras.analysis.time_travel.answers import answer_at
from nbkeras.train.history import History

BATCH = 64


def confusion_at(
    history: History, x: ArrayLike, y: ArrayLike, epoch: int
) -> np.ndarray:
    """The confusion matrix of a classifier as of a kept epoch.

    Args:
        history: History of a fit that kept epochs, of a model with one output.
        x: (rows, ...) inputs.
        y: (rows,) class numbers.
        epoch: number of a kept epoch; 0 is before the first step.

    Returns:
        (classes, classes) int64: labels in rows, predictions in columns.

    Raises:
        ValueError: the epoch was not kept, or the model is not a classifier of `y`.

    >>> from nbkeras import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(2, name="dense")])
    >>> model.compile("sgd", "mse")
    >>> x, y = np.eye(2), np.array([0, 1])
    >>> history = model.fit(x, x, epochs=1, keep_epochs=True, verbose=0)
    >>> confusion_at(history, x, y, 1).sum()
    np.int64(2)
    """
    rows, labels = np.asarray(x), np.asarray(y)
    parts = [
        answer_at(history, rows[start : start + BATCH], epoch)
        for start in range(0, len(rows), BATCH)
    ]
    outputs = np.concatenate([np.asarray(part) for part in parts])
    count = num_classes(outputs, labels)
    if not count:
        raise ValueError(
            f"confusion_at: outputs of shape {outputs.shape} and labels of shape "
            f"{labels.shape} are not those of a classifier. Needed are one class "
            "number per row, and one output per class, or a single one for the "
            "classes 0 and 1: confusion_at(history, x_test, y_test, 3)."
        )
    return confusion_matrix(labels, predicted_classes(outputs), count)


def num_classes(outputs: np.ndarray, labels: np.ndarray) -> int:
    """The number of classes of a classifier; 0 if outputs and labels fit none."""
    is_number = labels.ndim == 1 and labels.dtype.kind in "iufb" and labels.size
    if outputs.ndim > 2 or not is_number or (labels != np.rint(labels)).any():
        return 0
    units = outputs.shape[1] if outputs.ndim == 2 else 1
    count = max(units, 2)
    return count if 0 <= labels.min() and labels.max() < count else 0


def predicted_classes(outputs: np.ndarray) -> np.ndarray:
    """The predicted class of each row, from probabilities or logits (rows, units)."""
    if outputs.ndim == 2 and outputs.shape[1] > 1:
        return outputs.argmax(axis=1)
    scores = outputs.reshape(len(outputs))
    are_shares = ((scores >= 0) & (scores <= 1)).all()
    return (scores > (0.5 if are_shares else 0.0)).astype("int64")
