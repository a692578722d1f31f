"""Output shapes of a function for inputs with unknown sizes.

The function is run abstractly twice, with two different sizes for each unknown one.
Where the sizes of the results differ, they are unknown too. No values are computed.
"""

import itertools
from typing import Any

import jax

from nbkeras.layers.engine import text_ids
from nbkeras.layers.engine.building import Spec

# Sizes in the two runs: for an unknown batch axis, and for any other unknown axis.
_BATCH_SIZES = (2, 11)
_OPEN_SIZES = (128, 192)
# A product of x and its transpose needs equal sizes; 120 and 240 have many divisors.
_COMMON_SIZES = (120, 240)
# Number of combinations to try before giving up; each takes about a millisecond.
_MAX_COMBINATIONS = 100


def output_specs(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The output Specs of `function` for input Specs.

    Args:
        function: a function of arrays.
        args: positional arguments, which may contain Specs anywhere.
        kwargs: keyword arguments, likewise.

    Raises:
        Exception: raised by the function; with a note if sizes are unknown.
    """
    leaves = jax.tree.leaves((args, kwargs))
    shapes = [leaf.shape for leaf in leaves if isinstance(leaf, Spec)]
    if not any(None in shape for shape in shapes):
        return jax.tree.map(_fixed, _run(function, args, kwargs, {}, 0))
    failure: Any = None
    constants = [
        x.shape for x in leaves if hasattr(x, "shape") and not isinstance(x, Spec)
    ]
    for sizes in itertools.islice(_combinations(shapes, constants), _MAX_COMBINATIONS):
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


def _combinations(shapes, constants):
    """{(array, axis): its sizes in the two runs} for all unknown axes; loosest first.

    First every axis has its own size, then all have the same; then axes get sizes that
    other axes have, as products and sums with a fixed array need, or 1, which
    broadcasts.
    """
    places = [
        (number, axis)
        for number, shape in enumerate(shapes)
        for axis, size in enumerate(shape)
        if size is None
    ]
    free = {place: _OPEN_SIZES if place[1] else _BATCH_SIZES for place in places}
    yield free
    yield dict.fromkeys(places, _COMMON_SIZES)
    fixed_sizes = {n for shape in (*shapes, *constants) for n in shape if n}
    # A single array has nothing to be broadcast to.
    is_alone = len(shapes) + len(constants) == 1
    sizes = sorted(fixed_sizes - {1} if is_alone else fixed_sizes | {1}, reverse=True)
    for count in range(1, len(places) + 1):
        for bound in itertools.combinations(places, count):
            for chosen in itertools.product(sizes, repeat=count):
                yield free | {
                    place: (size, size)
                    for place, size in zip(bound, chosen, strict=True)
                }


def specs(declared: Any) -> Any:
    """Specs from (shape, dtype), or from a list or tuple of such pairs."""
    if isinstance(declared, list):
        return [specs(pair) for pair in declared]
    if isinstance(declared[0], tuple) and not isinstance(declared[1], tuple):
        return Spec(declared[0], str(declared[1]))
    return tuple(map(specs, declared))


def _run(function, args, kwargs, sizes, run):
    """Abstract run 0 or 1, with `sizes` of `_combinations` for unknown axes."""
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
        return jax.ShapeDtypeStruct(tuple(shape), text_ids.computed(spec.dtype))

    structs = [struct(number, leaves[i]) for number, i in enumerate(places)]
    return jax.eval_shape(abstract, structs)


def _fixed(result):
    return Spec(result.shape, str(result.dtype))


def _opened(one, two):
    shape = (a if a == b else None for a, b in zip(one.shape, two.shape, strict=True))
    return Spec(tuple(shape), str(one.dtype))
