"""Labels of files in class folders, and validation splits of files, as in Keras."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nbkeras.core import check

LABEL_MODES = ("int", "categorical", "binary", None)
SUBSETS = ("training", "validation", "both", None)


def check_split(
    owner: str,
    validation_split: float | None,
    subset: str | None,
    shuffle: bool,
    seed: int | None,
) -> None:
    """Check that `validation_split`, `subset` and `seed` are consistent.

    Raises:
        ValueError: one is missing or invalid.
    """
    check.choice(owner, "subset", subset, SUBSETS)
    if (validation_split is None) != (subset is None):
        raise ValueError(
            f"{owner}(validation_split={validation_split!r}, subset={subset!r}): "
            "give both or neither. Write for example validation_split=0.2, "
            'subset="both".'
        )
    if validation_split is None:
        return
    check.number(owner, "validation_split", validation_split, 0, 1, example=0.2)
    if shuffle and seed is None and subset != "both":
        raise ValueError(
            f"{owner}(subset={subset!r}): without a seed the training and validation "
            "parts would share files. Write seed=1 in both calls, or "
            'subset="both" in one call.'
        )


def encode(
    owner: str, numbers: np.ndarray, label_mode: str | None, class_names: Sequence[str]
) -> Any:
    """Encode class numbers as labels.

    Args:
        owner: name of the calling function in messages.
        numbers: class number of each file (files,), or None.
        label_mode: "int" for int32 (files,), "categorical" for one-hot float32
            (files, classes), "binary" for float32 (files, 1); None for no labels.
        class_names: names of the classes, in the order of their numbers.

    Returns:
        An array as above; None without labels.

    Raises:
        ValueError: "binary", and the number of classes is not two.
    """
    if numbers is None or label_mode is None:
        return None
    if label_mode == "binary" and len(class_names) != 2:
        raise ValueError(
            f"{owner}(label_mode='binary'): there are {len(class_names)} classes "
            f"({', '.join(map(str, class_names[:10]))}), but binary labels need 2. "
            "Write label_mode='int'."
        )
    numbers = np.array(numbers)
    if label_mode == "categorical":
        return np.eye(len(class_names), dtype="float32")[numbers]
    if label_mode == "binary":
        return numbers.astype("float32")[:, None]
    return numbers.astype("int32")


def parts(
    owner: str,
    order: np.ndarray,
    validation_split: float,
    subset: str | None,
    verbose: bool,
) -> list[tuple[str, np.ndarray]]:
    """Split files into training and validation; validation is the last part.

    Args:
        owner: name of the calling function in messages.
        order: int array of file numbers, in the order to split.
        validation_split: fraction of files for validation.
        subset: "training", "validation" or "both"; None does not split.
        verbose: whether to print the number of files.

    Returns:
        [(name, file numbers)] of the requested parts.

    Raises:
        ValueError: a part is empty.
    """
    if subset is None:
        return [("all", order)]
    num_validation = int(validation_split * len(order))
    rows = {
        "training": order[: len(order) - num_validation],
        "validation": order[len(order) - num_validation :],
    }
    names = list(rows) if subset == "both" else [subset]
    for name in names:
        if not len(rows[name]):
            raise ValueError(
                f"{owner}(validation_split={validation_split}): the {name} part of "
                f"{len(order)} files is empty. Choose another fraction."
            )
        if verbose:
            print(f"Using {len(rows[name])} files for {name}.")
    return [(name, rows[name]) for name in names]
