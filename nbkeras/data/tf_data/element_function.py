"""Functions of the elements of a dataset, compiled if JAX can trace them.

TensorFlow traces the function of a `map` once. So does nbkeras, with JAX; the function
then runs on a block of elements in one call. A function that reads values (NumPy,
Pillow, strings, `if` on an array) cannot be traced and is called for each element.
"""

import itertools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core import rng
from nbkeras.data.tf_data import elements


class ElementFunction:
    """A function of the elements of a dataset.

    Args:
        function: called with the parts of a tuple, or with an array or a dict.
        seed: together with the number of the element, the seed of random numbers that
            the function draws.
    """

    def __init__(self, function: Callable[..., Any], seed: int):
        self.function, self.seed = function, seed
        self._output_specs: dict[Any, Any] = {}
        self._single = jax.jit(self._traced)
        self._block = jax.jit(jax.vmap(self._traced))

    def __call__(self, element: Any, number: int) -> Any:
        """The result for element number `number`, as NumPy arrays."""
        if self.output_spec(element) is not None:
            return _to_numpy(self._single(element, self._seeds(number, 1)[0]))
        seeds = itertools.count(rng.derive(self.seed, number))
        with rng.seeds_from(lambda: next(seeds) & 0xFFFFFFFF):
            return elements.structure(
                _called(self.function, elements.as_tensors(element))
            )

    def over_block(self, block: Any, number: int) -> Any:
        """The results for a stacked block of elements, as stacked NumPy arrays.

        Blocks are padded to a power of two, so that few sizes are compiled.

        Args:
            block: stacked elements, for which `output_spec` must not be None.
            number: number of the first element.
        """
        size = elements.rows(block)
        padded_size = 1 << (size - 1).bit_length()
        padded = elements.map_leaves(lambda leaf: _pad(leaf, padded_size), block)
        results = _to_numpy(self._block(padded, self._seeds(number, padded_size)))
        return elements.map_leaves(lambda leaf: leaf[:size], results)

    def output_spec(self, element: Any) -> Any:
        """The `TensorSpec`s of the result; None if the function cannot be traced.

        Args:
            element: an element, or its `TensorSpec`s.
        """
        key = str(
            elements.map_leaves(lambda leaf: (leaf.shape, str(leaf.dtype)), element)
        )
        if key not in self._output_specs:
            self._output_specs[key] = self._trace(element)
        return self._output_specs[key]

    def _trace(self, element):
        leaves = elements.leaves_of(element)
        if any(leaf.dtype.kind not in "biufc" for leaf in leaves):
            return None
        structs = elements.map_leaves(
            lambda leaf: jax.ShapeDtypeStruct(leaf.shape, _on_device(leaf.dtype)),
            element,
        )
        seed = jax.ShapeDtypeStruct((), jnp.uint32)
        try:
            results = jax.eval_shape(self._traced, structs, seed)
        except Exception:  # a real error occurs again in the call with values
            return None
        return elements.map_leaves(
            lambda leaf: elements.TensorSpec(leaf.shape, leaf.dtype), results
        )

    def _traced(self, element, seed):
        counter = itertools.count()

        def next_seed():
            key = jax.random.fold_in(jax.random.key(seed), next(counter))
            return jax.random.bits(key, (), jnp.uint32)

        with rng.seeds_from(next_seed):
            results = _called(self.function, element)
        return elements.map_leaves(_traceable, results)

    def _seeds(self, number, count):
        """One seed for each of `count` elements, uint32."""
        words = np.arange(number, number + count, dtype=np.uint64)
        mixed = words * np.uint64(0x9E3779B97F4A7C15) + np.uint64(self.seed)
        return (mixed >> np.uint64(16)).astype(np.uint32)


def _called(function, element):
    results = function(*element) if _is_parts(element) else function(element)
    return _without_lists(results)


def _without_lists(tree):
    """`tree` with tuples instead of lists, as `tf.data` treats results."""
    if isinstance(tree, list):
        return tuple(map(_without_lists, tree))
    return tree


def _is_parts(element):
    return isinstance(element, tuple) and not hasattr(element, "_fields")


def _traceable(leaf):
    """A result as an array; raises for a string, so that the trace fails."""
    return jnp.asarray(leaf)


def _to_numpy(tree):
    return elements.map_leaves(np.asarray, tree)


def _on_device(dtype):
    """The dtype of a JAX array made from a NumPy array of `dtype`."""
    return jax.dtypes.canonicalize_dtype(dtype)


def _pad(leaf, size):
    if len(leaf) == size:
        return leaf
    return np.concatenate([leaf, np.repeat(leaf[-1:], size - len(leaf), axis=0)])
