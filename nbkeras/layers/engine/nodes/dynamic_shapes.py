"""Output shapes of a function for inputs with unknown sizes.

The function is run abstractly twice, with two sizes in each open place; where the
results differ, their size is open too. No arithmetic is done.
"""

import itertools
from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.layers.engine import text_ids
from nbkeras.layers.engine.building import Spec

# Sizes of an open place in the two runs.
_FIRST = (2, 11)
_OTHER = (128, 192)
# A product of x and its transpose needs equal sizes; 120 and 240 have many divisors.
_SHARED = (120, 240)
# Runs before the sizes given are taken for wrong; each takes about a millisecond.
_MOST_CHOICES = 100


def output_specs(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The output Specs of `function` for input Specs.

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
        return jax.tree.map(_fixed, _run(function, args, kwargs, {}, 0))
    failure: Any = None
    constants = [
        x.shape for x in leaves if hasattr(x, "shape") and not isinstance(x, Spec)
    ]
    for sizes in itertools.islice(_choices(shapes, constants), _MOST_CHOICES):
        try:
            results = [_run(function, args, kwargs, sizes, run) for run in (0, 1)]
        except Exception as error:
            failure = failure or error
        else:
            return jax.tree.map(_opened, *results)
    failure.add_note(
        f"Some sizes are unknown: {', '.join(map(str, shapes))}. If the computation "
        "needs them, give all sizes, for example Input(shape=(28, 28, 1))."
    )
    raise failure


def _choices(shapes, constants):
    """{(array, axis): its sizes in the two runs} for all open places; the freest first.

    After sizes of its own, and one size for all, a place gets those that other axes
    have, as products and sums with a fixed array need, and 1, which can be repeated.
    """
    places = [
        (number, axis)
        for number, shape in enumerate(shapes)
        for axis, size in enumerate(shape)
        if size is None
    ]
    free = {place: _OTHER if place[1] else _FIRST for place in places}
    yield free
    yield dict.fromkeys(places, _SHARED)
    fixed_sizes = {n for shape in (*shapes, *constants) for n in shape if n}
    # Alone, an array has nothing that it could be repeated for.
    is_alone = len(shapes) + len(constants) == 1
    sizes = sorted(fixed_sizes - {1} if is_alone else fixed_sizes | {1}, reverse=True)
    for count in range(1, len(places) + 1):
        for bound in itertools.combinations(places, count):
            for chosen in itertools.product(sizes, repeat=count):
                yield free | {
                    place: (size, size)
                    for place, size in zip(bound, chosen, strict=True)
                }


def specs(told: Any) -> Any:
    """Specs from (shape, dtype), or from a list or tuple of such pairs."""
    if isinstance(told, list):
        return [specs(pair) for pair in told]
    if isinstance(told[0], tuple) and not isinstance(told[1], tuple):
        return Spec(told[0], str(told[1]))
    return tuple(map(specs, told))


def _run(function, args, kwargs, sizes, run):
    """Abstract run 0 or 1 with `sizes`, see `_choices`, for None."""
    leaves, tree = jax.tree.flatten((args, kwargs))
    places = [i for i, leaf in enumerate(leaves) if isinstance(leaf, Spec)]

    def abstract(arrays):
        filled = list(leaves)
        for place, array in zip(places, arrays, strict=True):
            filled[place] = array
        args, kwargs = tree.unflatten(filled)
        return function(*args, **kwargs)

    def struct(number, spec):
        shape = (
            sizes[number, axis][run] if n is None else n
            for axis, n in enumerate(spec.shape)
        )
        return jax.ShapeDtypeStruct(
            tuple(shape), jnp.dtype(text_ids.computed(spec.dtype))
        )

    structs = [struct(number, leaves[i]) for number, i in enumerate(places)]
    return jax.eval_shape(abstract, structs)


def _fixed(result):
    return Spec(result.shape, str(result.dtype))


def _opened(one, two):
    shape = (a if a == b else None for a, b in zip(one.shape, two.shape, strict=True))
    return Spec(tuple(shape), str(one.dtype))
