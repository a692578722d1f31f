"""Convert user input, such as arrays, lists and shapes, to shapes and Specs."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core.annotations import DTypeLike
from nbkeras.core.gradients.open_tapes import open_tapes
from nbkeras.core.variable import Variable
from nbkeras.layers.engine import text_ids
from nbkeras.layers.engine.building import Spec, is_shape, spec_of


def as_array(x: Any) -> Any:
    """Convert a weight, NumPy array, list or number to a JAX array."""
    if isinstance(x, Variable):
        return x if open_tapes() else x.value
    if isinstance(x, np.ndarray | list | float | int | np.generic):
        x = np.asarray(x)
        return jnp.asarray(x, "float32" if x.dtype.kind == "f" else None)
    return x


def as_arrays(argument: Any) -> Any:
    """Convert the arrays of an argument; nested lists of Python numbers are one array.

    A list that holds arrays stays a list, since it means several inputs.

    >>> as_arrays([[1, 2], [0, 1]]).shape
    (2, 2)
    """
    if isinstance(argument, list):
        numbers = jax.tree.leaves(argument)
        if numbers and all(type(number) in (int, float, bool) for number in numbers):
            argument = np.asarray(argument)
    return jax.tree.map(as_array, argument)


def numbered_texts(layer: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """`args` with strings replaced by ids, if a sublayer reads strings."""
    if not any(map(_may_be_text, jax.tree.leaves(args))):
        return args
    if not any(sublayer.reads_text for sublayer in layer.walk()):
        return args
    return tuple(text_ids.numbered_tree(argument) for argument in args)


def restored_texts(layer: Any, y: Any) -> Any:
    """The output `y` with ids replaced by strings, if a sublayer reads strings."""
    restored = text_ids.restored(y)
    if restored is y or not any(sublayer.reads_text for sublayer in layer.walk()):
        return y
    return restored


def _may_be_text(leaf):
    return isinstance(leaf, str | bytes) or (
        isinstance(leaf, np.ndarray) and leaf.dtype.kind in "USTO"
    )


def shapes_of(x: Any) -> Any:
    """Shapes of a tree of arrays, with unknown batch size."""
    if isinstance(x, list | tuple):
        return [shapes_of(entry) for entry in x]
    if isinstance(x, dict):
        return {key: shapes_of(entry) for key, entry in x.items()}
    shape = getattr(x, "shape", ())
    return (None, *shape[1:]) if shape else ()


def shapes_with_batch(x: Any) -> Any:
    """Shapes of a tree of arrays or symbolic tensors, as they are."""
    return jax.tree.map(lambda leaf: tuple(leaf.shape), x)


def specs(shape: Any, dtype: DTypeLike) -> Any:
    """A tree of Specs from a shape, or a list or dict of shapes."""
    if is_shape(shape):
        return Spec(shape, dtype)
    if isinstance(shape, dict):
        return {key: specs(entry, dtype) for key, entry in shape.items()}
    if isinstance(shape, list) and all(n is None or isinstance(n, int) for n in shape):
        return Spec(tuple(shape), dtype)
    return [specs(entry, dtype) for entry in shape]


def as_specs(x: Any) -> Any:
    """A tree of Specs from arrays, shapes or Specs."""
    if isinstance(x, Spec):
        return x
    if is_shape(x):
        return Spec(x)
    if isinstance(x, list | tuple):
        return [as_specs(entry) for entry in x]
    if isinstance(x, dict):
        return {key: as_specs(entry) for key, entry in x.items()}
    return spec_of(x)


def specs_of_rows(named: Any, args: tuple[Any, ...]) -> Any:
    """`named` with Specs for those arrays that have as many rows as `args`."""
    rows = {leaf.shape[0] for leaf in jax.tree.leaves(args) if np.ndim(leaf)}

    def spec(leaf):
        return spec_of(leaf) if np.ndim(leaf) and leaf.shape[0] in rows else leaf

    return jax.tree.map(spec, named)
