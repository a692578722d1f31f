"""`bounded_jit`: compiled functions of trees of any form, of which few are kept.

`jax.jit` keeps what it compiled for a function as long as the function lives, up to
8192 entries in a process. A function of a module that takes the weights of any model
would keep a program for each model that ever was in a notebook.
"""

import functools
from collections.abc import Callable
from typing import Any

import jax

KEPT_FORMS = 16


def bounded_jit(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """`jax.jit(function)` that keeps programs for the `KEPT_FORMS` newest forms.

    A form is the structure of the arguments with the shapes and dtypes of the arrays.

    Args:
        function: of trees of arrays; pure.
        options: as in `jax.jit`.

    >>> double = bounded_jit(lambda tree: jax.tree.map(lambda leaf: 2 * leaf, tree))
    >>> double({"a": jax.numpy.ones(2)})
    {'a': Array([2., 2.], dtype=float32)}
    """

    @functools.lru_cache(maxsize=KEPT_FORMS)
    def program(form: Any, kinds: Any) -> Callable[..., Any]:
        # A function of its own: with it go all programs that JAX holds for it.
        return jax.jit(lambda *trees: function(*trees), **options)

    @functools.wraps(function)
    def call(*trees: Any) -> Any:
        leaves, form = jax.tree.flatten(trees)
        kinds = tuple((leaf.shape, leaf.dtype) for leaf in leaves)
        return program(form, kinds)(*trees)

    return call
