"""`pad_sequences`: sequences of different lengths as one array."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from nbkeras.core import check
from nbkeras.core.annotations import DTypeLike


def pad_sequences(
    sequences: Sequence[Any],
    maxlen: int | None = None,
    dtype: DTypeLike = "int32",
    padding: Literal["pre", "post"] = "pre",
    truncating: Literal["pre", "post"] = "pre",
    value: Any = 0.0,
) -> np.ndarray:
    """Pad or truncate sequences to the same length.

    Args:
        sequences: list of sequences of numbers, or of arrays of equal shape.
        maxlen: length of the result; None is the length of the longest sequence.
        dtype: dtype of the result.
        padding: "pre" pads before a sequence, "post" after it.
        truncating: "pre" removes values from the start of a sequence, "post" from the
            end.
        value: the padding value.

    Returns:
        An array (sequences, maxlen, ...).

    Raises:
        ValueError: `sequences` is not a list of sequences, or shapes differ.

    >>> pad_sequences([[1, 2, 3], [4]], maxlen=2)
    array([[2, 3],
           [0, 4]], dtype=int32)
    """
    owner = "pad_sequences"
    check.choice(owner, "padding", padding, ("pre", "post"))
    check.choice(owner, "truncating", truncating, ("pre", "post"))
    try:
        rows = [np.asarray(sequence) for sequence in sequences]
        lengths = [len(sequence) for sequence in rows]
    except (TypeError, ValueError):
        raise ValueError(
            "pad_sequences needs a list of sequences. Write for example "
            "pad_sequences([[1, 2, 3], [4, 5]])."
        ) from None
    if maxlen is None:
        maxlen = max(lengths, default=0)
    else:
        maxlen = check.positive_int(owner, "maxlen", maxlen, 100)
    inner = next((row.shape[1:] for row, n in zip(rows, lengths, strict=True) if n), ())
    for number, row in enumerate(rows):
        if len(row) and row.shape[1:] != inner:
            raise ValueError(
                f"pad_sequences: the steps of sequence {number} have the shape "
                f"{row.shape[1:]}, and those before have {inner}. All must be equal."
            )
    padded = np.full((len(rows), maxlen, *inner), value, dtype=dtype)
    for target, row in zip(padded, rows, strict=True):
        if not len(row):
            continue
        truncated = row[-maxlen:] if truncating == "pre" else row[:maxlen]
        if padding == "post":
            target[: len(truncated)] = truncated
        else:
            target[maxlen - len(truncated) :] = truncated
    return padded
