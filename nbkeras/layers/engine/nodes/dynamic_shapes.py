"""Shapes of what a function gives where sizes are left open.

The function is run abstractly twice, with two sizes in each open place; where the
results differ, their size is open too. No arithmetic is done.
"""

from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.layers.engine import text_ids
from nbkeras.layers.engine.building import Spec

# (sizes of an open first axis, sizes of other open axes) for the two runs. The first
# that the function can take counts: a product of x and its transpose needs equal sizes,
# a sum with a fixed array a size of 1. 120 and 240 have many divisors.
_CHOICES = (
    ((2, 11), (128, 192)),
    ((120, 240), (120, 240)),
    ((1, 1), (128, 192)),
    ((2, 11), (1, 1)),
    ((1, 1), (1, 1)),
)


def output_specs(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Specs of what `function` gives for Specs in place of arrays.

    Args:
        function: of arrays.
        args: positional arguments, Specs anywhere in them.
        kwargs: keyword arguments, likewise.

    Raises:
        Exception: what the function raises; with a note if sizes were open.
    """
    leaves = jax.tree.leaves((args, kwargs))
    shapes = [leaf.shape for leaf in leaves if isinstance(leaf, Spec)]
    if not any(None in shape for shape in shapes):
        return jax.tree.map(_fixed, _run(function, args, kwargs, {}))
    failure: Any = None
    for first, other in _choices(shapes):
        sizes = [{0: first[run], 1: other[run]} for run in (0, 1)]
        try:
            results = [_run(function, args, kwargs, size) for size in sizes]
        except Exception as error:
            failure = failure or error
        else:
            return jax.tree.map(_opened, *results)
    failure.add_note(
        f"Sizes are left open: {', '.join(map(str, shapes))}. If the computation needs "
        "them, give all sizes, for example Input(shape=(28, 28, 1))."
    )
    raise failure


def _choices(shapes):
    """`_CHOICES`, then sizes that stand beside the open ones, as products need."""
    yield from _CHOICES
    for size in sorted({n for shape in shapes for n in shape if n}):
        yield (2, 11), (size, size)
        yield (size, size), (size, size)


def specs(told: Any) -> Any:
    """Specs from (shape, dtype), or from a list or tuple of such pairs."""
    if isinstance(told, list):
        return [specs(each) for each in told]
    if isinstance(told[0], tuple) and not isinstance(told[1], tuple):
        return Spec(told[0], str(told[1]))
    return tuple(map(specs, told))


def _run(function, args, kwargs, sizes):
    """One abstract run with `sizes` {0: of first axes, 1: of others} for None."""
    leaves, tree = jax.tree.flatten((args, kwargs))
    places = [i for i, leaf in enumerate(leaves) if isinstance(leaf, Spec)]

    def abstract(arrays):
        filled = list(leaves)
        for place, array in zip(places, arrays, strict=True):
            filled[place] = array
        args, kwargs = tree.unflatten(filled)
        return function(*args, **kwargs)

    def struct(spec):
        shape = (
            sizes[min(axis, 1)] if n is None else n for axis, n in enumerate(spec.shape)
        )
        return jax.ShapeDtypeStruct(
            tuple(shape), jnp.dtype(text_ids.computed(spec.dtype))
        )

    return jax.eval_shape(abstract, [struct(leaves[i]) for i in places])


def _fixed(result):
    return Spec(result.shape, str(result.dtype))


def _opened(one, two):
    shape = (a if a == b else None for a, b in zip(one.shape, two.shape, strict=True))
    return Spec(tuple(shape), str(one.dtype))
