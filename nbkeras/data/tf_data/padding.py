"""Elements of different lengths as one batch."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nbkeras.data.tf_data import elements


def padded(held: Sequence[Any], padded_shapes: Any, padding_values: Any) -> Any:
    """Elements as one batch, each array filled up to a common shape.

    Args:
        held: the elements.
        padded_shapes: a shape for each array, in the structure of an element; None
            for a shape or a size follows the longest.
        padding_values: a value for each array likewise, or one for all.

    Raises:
        ValueError: an element does not fit, or the structures differ.
    """
    columns = list(zip(*map(elements.leaves_of, held), strict=True))
    shapes = _of_arrays(padded_shapes, held[0], _is_shape)
    values = _of_arrays(padding_values, held[0], lambda value: True)
    batches = [_padded(*parts) for parts in zip(columns, shapes, values, strict=True)]
    return elements.like(held[0], batches)


def _of_arrays(argument, element, is_entry):
    """One entry of an argument for each array of an element."""
    if isinstance(element, dict):
        entries = [(argument or {}).get(name) for name in element]
        parts = list(element.values())
    elif isinstance(element, tuple):
        one_for_all = not isinstance(argument, tuple | list)
        entries = [argument] * len(element) if one_for_all else list(argument)
        parts = list(element)
    else:
        inside = isinstance(argument, tuple | list) and not is_entry(argument)
        return [argument[0] if inside else argument]
    if len(entries) != len(parts):
        raise ValueError(
            f"padded_batch: an element has {len(parts)} arrays, and there are "
            f"{len(entries)} shapes or values. Give one for each."
        )
    pairs = zip(entries, parts, strict=True)
    return [entry for pair in pairs for entry in _of_arrays(*pair, is_entry)]


def _is_shape(value):
    """(None, 3) and not ((None, 3),)."""
    return all(size is None or np.ndim(size) == 0 for size in value)


def _padded(column, shape, value):
    sizes = zip(*(np.shape(leaf) for leaf in column), strict=True)
    longest = [max(size) for size in sizes]
    wanted = [None] * len(longest) if shape is None else list(shape)
    target = [
        size if want in (None, -1) else int(want)
        for size, want in zip(longest, wanted, strict=True)
    ]
    if any(size > limit for size, limit in zip(longest, target, strict=True)):
        raise ValueError(
            f"padded_batch(padded_shapes=...): an element of shape {tuple(longest)} "
            f"does not fit into {tuple(target)}. Write None for sizes that follow the "
            "longest element."
        )
    dtype = column[0].dtype
    empty = b"" if dtype.kind == "O" else 0
    batch = np.full((len(column), *target), empty if value is None else value, dtype)
    for number, leaf in enumerate(column):
        batch[(number, *map(slice, np.shape(leaf)))] = leaf
    return batch
