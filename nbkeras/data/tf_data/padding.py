"""`padded_batch`: stack elements of different shapes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nbkeras.data.tf_data import elements


def padded(batch: Sequence[Any], padded_shapes: Any, padding_values: Any) -> Any:
    """Stack elements whose arrays are padded to a common shape.

    Args:
        batch: the elements.
        padded_shapes: a shape for each array, in the structure of an element; None for
            a shape or a size means the largest of the batch.
        padding_values: a value for each array likewise, or one for all; None is 0, or
            "" for strings.

    Returns:
        One element whose arrays have a new first axis of len(batch).

    Raises:
        ValueError: an element exceeds its padded shape, or the structures differ.
    """
    columns = list(zip(*map(elements.leaves_of, batch), strict=True))
    shapes = _per_array(padded_shapes, batch[0], _is_shape)
    values = _per_array(padding_values, batch[0], lambda value: True)
    arrays = [_padded(*parts) for parts in zip(columns, shapes, values, strict=True)]
    return elements.like(batch[0], arrays)


def _per_array(argument, element, is_entry):
    """The entries of `argument`, one for each array of an element."""
    if isinstance(element, dict):
        entries = [(argument or {}).get(name) for name in element]
        parts = list(element.values())
    elif isinstance(element, tuple):
        is_shared = not isinstance(argument, tuple | list)
        entries = [argument] * len(element) if is_shared else list(argument)
        parts = list(element)
    else:
        is_nested = isinstance(argument, tuple | list) and not is_entry(argument)
        return [argument[0] if is_nested else argument]
    if len(entries) != len(parts):
        raise ValueError(
            f"padded_batch: an element has {len(parts)} arrays, and there are "
            f"{len(entries)} shapes or values. Give one for each."
        )
    pairs = zip(entries, parts, strict=True)
    return [entry for pair in pairs for entry in _per_array(*pair, is_entry)]


def _is_shape(value):
    """Whether `value` is a shape such as (None, 3), not a tuple of shapes."""
    return all(size is None or np.ndim(size) == 0 for size in value)


def _padded(column, shape, value):
    sizes = zip(*(np.shape(leaf) for leaf in column), strict=True)
    longest = [max(size) for size in sizes]
    requested = [None] * len(longest) if shape is None else list(shape)
    target = [
        size if request in (None, -1) else int(request)
        for size, request in zip(longest, requested, strict=True)
    ]
    if any(size > limit for size, limit in zip(longest, target, strict=True)):
        raise ValueError(
            f"padded_batch(padded_shapes=...): an element of shape {tuple(longest)} "
            f"does not fit into {tuple(target)}. Write None for sizes of the "
            "largest element."
        )
    dtype = column[0].dtype
    empty = b"" if dtype.kind == "O" else 0
    batch = np.full((len(column), *target), empty if value is None else value, dtype)
    for index, leaf in enumerate(column):
        batch[(index, *map(slice, np.shape(leaf)))] = leaf
    return batch
