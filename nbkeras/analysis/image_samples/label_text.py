"""Labels as text: class numbers, one-hot rows, binary labels and numbers."""

import numpy as np

MAX_VALUES = 6  # numbers of a label that are written out


def label_texts(labels, names=None):
    """The text of each label.

    Args:
        labels: (n,), (n, 1) or (n, classes) numbers, strings, or a dict of these.
        names: class names in the order of their numbers, or None.

    Returns:
        (texts, kind): a list of n texts, and "integer", "binary", "one-hot", "several"
        (several classes at once), "numbers", "text", "picture" or "dict".

    Raises:
        ValueError: a class number has no name.

    >>> label_texts([[0, 1], [1, 0]], ["cat", "dog"])
    (['dog', 'cat'], 'one-hot')
    """
    if isinstance(labels, dict):
        texts = {key: label_texts(label, names)[0] for key, label in labels.items()}
        rows = zip(*texts.values(), strict=True)
        keys = list(texts)
        return [
            ", ".join(f"{k}={w}" for k, w in zip(keys, row, strict=True))
            for row in rows
        ], "dict"
    y = np.asarray(labels)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.dtype.kind not in "fiub":
        return [str(label) for label in y], "text"
    if y.ndim > 2:
        return ["×".join(map(str, label.shape)) for label in y], "picture"
    if y.ndim == 2:
        return _rows(y, names)
    if y.dtype.kind == "f" and not (np.isfinite(y).all() and (y == np.rint(y)).all()):
        return [f"{label:.4g}" for label in y], "numbers"
    kind = "binary" if set(np.unique(y)) <= {0, 1} else "integer"
    return [_name(int(label), names) for label in y], kind


def _rows(y, names):
    flags = np.isin(y, (0, 1)).all()
    if flags and (y.sum(1) == 1).all():
        return [_name(int(value), names) for value in y.argmax(1)], "one-hot"
    if flags:
        names_of_rows = [
            [_name(int(k), names) for k in np.flatnonzero(row)] for row in y
        ]
        return [" + ".join(row) or "–" for row in names_of_rows], "several"
    rows = [[f"{value:.4g}" for value in row[:MAX_VALUES]] for row in y]
    more = ", …" if y.shape[1] > MAX_VALUES else ""
    return [", ".join(row) + more for row in rows], "numbers"


def _name(number, names):
    if names is None:
        return str(number)
    if 0 <= number < len(names):
        return str(names[number])
    raise ValueError(
        f"class_names: there is a label {number}, and {len(names)} names, for 0 to "
        f"{len(names) - 1}. Give one name for each class, in the order of the numbers."
    )
