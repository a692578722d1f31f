"""`bounded_jit`: `jax.jit` with a bounded cache of compiled programs.

`jax.jit` keeps the programs of a function as long as the function lives, up to 8192 in
a process. A module-level function of the weights of any model would keep a program for
every model that was ever created in a notebook.
"""

import functools
from collections.abc import Callable
from typing import Any

import jax

MAX_PROGRAMS = 16


def bounded_jit(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """`jax.jit(function)` that keeps the `MAX_PROGRAMS` most recently used programs.

    Each structure of the arguments, with shapes and dtypes of the arrays, is a program.

    Args:
        function: a pure function of trees of arrays.
        options: as in `jax.jit`.

    >>> double = bounded_jit(lambda tree: jax.tree.map(lambda leaf: 2 * leaf, tree))
    >>> double({"a": jax.numpy.ones(2)})
    {'a': Array([2., 2.], dtype=float32)}
    """

    @functools.lru_cache(maxsize=MAX_PROGRAMS)
    def program(structure: Any, specs: Any) -> Callable[..., Any]:
        # A new function, so that JAX drops its program when it is evicted here.
        return jax.jit(lambda *trees: function(*trees), **options)

    @functools.wraps(function)
    def call(*trees: Any) -> Any:
        leaves, structure = jax.tree.flatten(trees)
        specs = tuple((leaf.shape, leaf.dtype) for leaf in leaves)
        return program(structure, specs)(*trees)

    return call
