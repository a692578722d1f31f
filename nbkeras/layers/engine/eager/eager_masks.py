"""Masks attached to arrays, passed from one eager call to the next."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import jax
from jax.core import Tracer

from nbkeras.core.gradients.recording import plain_value

# {id of an array: (weak reference to it, its mask)}; entries are removed with the
# array.
_masks: dict[int, tuple[Any, Any]] = {}


def of(array: Any) -> Any:
    """The mask that an eager call attached to `array`, or None."""
    reference, mask = _masks.get(id(array), (None, None))
    return mask if reference is not None and reference() is array else None


def attach(output: Any, masks: Sequence[Any]) -> None:
    """Attach the masks of a run's output to its arrays, one for each or None."""
    for array, mask in zip(jax.tree.leaves(output), masks, strict=True):
        if mask is None or not isinstance(array, jax.Array):
            continue
        if isinstance(array, Tracer) or isinstance(mask, Tracer):
            continue
        key = id(array)
        reference = weakref.ref(array, lambda _gone, key=key: _masks.pop(key, None))
        _masks[key] = reference, mask


def are_attached(arguments: Any) -> bool:
    """Whether an array among the arguments has the mask of an earlier eager call."""
    if not _masks:
        return False
    leaves = map(plain_value, jax.tree.leaves(arguments))
    return any(of(leaf) is not None for leaf in leaves)


def pass_on(context: Any, arguments: Any) -> None:
    """Pass the masks of an earlier eager call to this run."""
    if _masks:
        for array in jax.tree.leaves(arguments):
            context.set_mask(array, of(array))
